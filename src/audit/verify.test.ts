import { assert, asyncProperty, constantFrom, integer, nat } from "fast-check";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { closedLog, intent, newFolder, options, outcome, recordCalls } from "./fixtures.ts";
import { listSegments } from "./segments.ts";
import { verifyAudit } from "./verify.ts";
import { openAudit } from "./writer.ts";

/** The log's lines with their places, without newlines. */
function linesOf(dir: string): { file: string; line: number; seq: number; text: string }[] {
  return listSegments(dir).flatMap(({ path: file, name }) =>
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((text, i) => ({ file: name, line: i + 1, seq: (JSON.parse(text) as { seq: number }).seq, text })),
  );
}

/** Rewrites one file of the log for the length of `check`. */
async function tampered<T>(
  file: string,
  change: (lines: string[]) => string[],
  check: () => Promise<T>,
): Promise<T> {
  const original = fs.readFileSync(file);
  const lines = original.toString().split("\n").slice(0, -1);
  fs.writeFileSync(
    file,
    change(lines)
      .map((text) => `${text}\n`)
      .join(""),
  );
  try {
    return await check();
  } finally {
    fs.writeFileSync(file, original);
  }
}

function keepLines(file: string, count: number): void {
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, count);
  fs.writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
}

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);

describe("verify", () => {
  it("passes an unaltered log, across segments and runs", async () => {
    const dir = newFolder();
    await closedLog(dir, 20);
    await closedLog(dir, 20);

    const verdict = await verifyAudit(dir);

    const [main] = verdict.chains;
    expect(verdict).toMatchObject({ ok: true, problems: [], chains: [{ name: "main" }] });
    expect(main!.segments).toBe(listSegments(dir).length);
    expect(main!.segments).toBeGreaterThan(3);
    expect(main!.records).toBe(linesOf(dir).length);
    expect(main!.signed).toBe(main!.last - 1);
  });

  it("T19: reports each line that is deleted, edited or cut off", async () => {
    const dir = newFolder();
    await closedLog(dir, 16);
    const lines = linesOf(dir);
    const last = lines.at(-1)!;

    for (const { file, line, seq, text } of lines) {
      const at = path.join(dir, file);
      const verify = () => verifyAudit(dir);
      const isLast = seq === last.seq;

      const deleted = await tampered(at, (all) => all.toSpliced(line - 1, 1), verify);
      const lost = { kind: isLast ? "truncated" : "missing", seq };
      expect(deleted.problems, `deleted ${seq}`).toContainEqual(expect.objectContaining(lost));

      const edited = await tampered(
        at,
        (all) => all.with(line - 1, flip(text, text.indexOf('"time":"') + 10)),
        verify,
      );
      expect(edited.problems, `edited ${seq}`).toContainEqual(
        expect.objectContaining({ kind: "edited", file, line, seq }),
      );

      const cut = await tampered(at, (all) => all.slice(0, line - 1), verify);
      const kind = file === last.file ? "truncated" : "missing";
      expect(cut.problems, `cut at ${seq}`).toContainEqual(expect.objectContaining({ kind, seq }));
    }
  });

  it("T19: reports each line that is swapped with the next", async () => {
    const dir = newFolder();
    await closedLog(dir, 16);
    const lines = linesOf(dir);
    const pairs = lines.slice(1).map((next, i) => [lines[i]!, next] as const);

    for (const [{ file, line, seq, text }, next] of pairs.filter(([a, b]) => a.file === b.file)) {
      const swapped = await tampered(
        path.join(dir, file),
        (all) => all.toSpliced(line - 1, 2, next.text, text),
        () => verifyAudit(dir),
      );
      expect(swapped.problems, `swapped ${seq}`).toContainEqual(
        expect.objectContaining({ kind: "misplaced", file, line: line + 1, seq }),
      );
    }
  });

  it("T19: reports any single changed byte", async () => {
    const dir = newFolder();
    await closedLog(dir, 6);
    const files = listSegments(dir).map((segment) => segment.path);

    await assert(
      asyncProperty(constantFrom(...files), nat(), integer({ min: 1, max: 255 }), async (file, n, xor) => {
        const original = fs.readFileSync(file);
        const changed = Buffer.from(original);
        const at = n % changed.length;
        changed.writeUInt8(changed.readUInt8(at) ^ xor, at);
        fs.writeFileSync(file, changed);
        const verdict = await verifyAudit(dir);
        fs.writeFileSync(file, original);
        expect(verdict.ok).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it("T19: reports invalid UTF-8 that would decode to what was written", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    await audit.intent(intent("c", { content: "\uFFFD" })).durable;
    audit.outcome(outcome("c"));
    await audit.close();
    const [segment] = listSegments(dir);
    const bytes = fs.readFileSync(segment!.path);

    fs.writeFileSync(
      segment!.path,
      Buffer.concat([
        bytes.subarray(0, bytes.indexOf("\uFFFD")),
        Buffer.from([0xf0, 0x9f, 0x98]),
        bytes.subarray(bytes.indexOf("\uFFFD") + 3),
      ]),
    );

    expect((await verifyAudit(dir)).ok).toBe(false);
  });

  it("T19: reports the records of a removed segment", async () => {
    const dir = newFolder();
    await closedLog(dir, 20);
    const segments = listSegments(dir);
    for (const [i, segment] of segments.entries()) {
      const bytes = fs.readFileSync(segment.path);
      fs.rmSync(segment.path);
      const { problems } = await verifyAudit(dir);
      fs.writeFileSync(segment.path, bytes);

      const kind = i === segments.length - 1 ? "truncated" : "missing";
      expect(problems).toContainEqual(expect.objectContaining({ kind, seq: segment.first }));
    }
  });

  it("T19: reports a history that was rewritten with every hash recomputed", async () => {
    const dir = newFolder();
    await closedLog(dir, 10, { segmentBytes: 1_000_000 });
    const [segment] = listSegments(dir);

    const verdict = await tampered(
      segment!.path,
      (lines) => {
        let previous = "0".repeat(64);
        return lines.map((line) => {
          const body = `${line.slice(0, -75)}}`.replace('"client":"billing"', '"client":"someone"');
          previous = createHash("sha256")
            .update(previous + body)
            .digest("hex");
          return `${body.slice(0, -1)},"hash":"${previous}"}`;
        });
      },
      () => verifyAudit(dir),
    );

    expect(new Set(verdict.problems.map(({ kind }) => kind))).toEqual(new Set(["checkpoint"]));
    expect(verdict.problems[0]).toMatchObject({ file: segment!.name, message: "signs another record" });
  });

  it("T19: reports checkpoints signed by another key", async () => {
    const dir = newFolder();
    await closedLog(dir, 10);
    const other = newFolder();
    await closedLog(other, 1);

    const { problems } = await verifyAudit(dir, {
      publicKey: path.join(path.dirname(other), "audit-signing.pub.pem"),
    });

    expect(problems[0]).toMatchObject({ kind: "checkpoint", file: "checkpoints.jsonl", line: 1 });
    expect(problems).toContainEqual(
      expect.objectContaining({
        file: listSegments(dir)[0]!.name,
        message: expect.stringMatching(/^signed with key/),
      }),
    );
  });

  it("T19: reports a forged signature", async () => {
    const dir = newFolder();
    await closedLog(dir, 10);
    const saved = path.join(dir, "checkpoints.jsonl");

    const { problems } = await tampered(
      saved,
      (lines) => lines.with(2, lines[2]!.replace(/"signature":"./, '"signature":"!')),
      () => verifyAudit(dir),
    );

    expect(problems).toContainEqual(
      expect.objectContaining({ kind: "checkpoint", file: "checkpoints.jsonl", line: 3 }),
    );
  });

  it("T19: reports a log cut together with its own checkpoints, by a copy kept elsewhere", async () => {
    const dir = newFolder();
    await closedLog(dir, 10, { segmentBytes: 1_000_000 });
    const saved = path.join(dir, "checkpoints.jsonl");
    const copy = `${dir}-copy.jsonl`;
    fs.copyFileSync(saved, copy);
    const [segment] = listSegments(dir);
    keepLines(segment!.path, 9);
    keepLines(saved, 1);

    expect((await verifyAudit(dir)).ok).toBe(true);
    const { problems } = await verifyAudit(dir, { checkpoints: copy });
    expect(problems).toEqual([expect.objectContaining({ kind: "truncated", seq: 10 })]);
  });

  it("reports that the saved checkpoints are gone", async () => {
    const dir = newFolder();
    await closedLog(dir, 10);
    fs.rmSync(path.join(dir, "checkpoints.jsonl"));
    expect((await verifyAudit(dir)).problems).toEqual([
      expect.objectContaining({ kind: "checkpoint", file: "checkpoints.jsonl" }),
    ]);
  });

  it("checks from a point in time on, even if older segments have been archived", async () => {
    const dir = newFolder();
    await closedLog(dir, 20);
    const [first, second] = listSegments(dir);
    const opened = linesOf(dir).find(({ file }) => file === second!.name)!;
    const since = Date.parse((JSON.parse(opened.text) as { time: string }).time);
    fs.rmSync(first!.path);

    expect((await verifyAudit(dir)).ok).toBe(false);
    expect(await verifyAudit(dir, { since })).toMatchObject({
      ok: true,
      chains: [{ segments: listSegments(dir).length }],
    });
  });

  it("passes a log that is being written", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir, { segmentBytes: 4000, checkpointRecords: 5 }));
    const writing = recordCalls(
      audit,
      Array.from({ length: 300 }, (_, i) => `c${i}`),
    );
    for (let i = 0; i < 30; i++) expect((await verifyAudit(dir)).problems).toEqual([]);
    await writing;
    await audit.close();
    expect((await verifyAudit(dir)).ok).toBe(true);
  });
});
