import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../core/clock.ts";
import { openAudit } from "./writer.ts";
import { readCalls } from "./calls.ts";
import { all, intent, newFolder, options, outcome, recordCalls, refusal } from "./fixtures.ts";
import type { StoredRecord } from "./records.ts";
import { scanRecords } from "./scan.ts";
import { listSegments } from "./segments.ts";
import type { Audit } from "./types.ts";
import { verifyAudit } from "./verify.ts";

const recordsOf = async (dir: string): Promise<StoredRecord[]> =>
  (await all(scanRecords(dir))).map(({ record }) => record);
const unavailable = expect.objectContaining({ code: "audit_unavailable" });
const lastSegment = (dir: string) => listSegments(dir).at(-1)!.path;

const mode = (file: string): number => fs.statSync(file).mode & 0o777;

/** What a killed writer leaves: a copy of the folder taken while the writer still runs. */
function crashed(dir: string): string {
  const copy = path.join(newFolder(), "log");
  fs.cpSync(path.dirname(dir), path.dirname(copy), { recursive: true });
  return copy;
}

describe("a call's records", () => {
  it("T23: hold who called which model with which operation, in a fixed key order, and nothing else", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    const stray = { authorization: "Bearer sgk_secret", ...intent("c1") };
    await audit.intent(stray).durable;
    audit.outcome(outcome("c1"));
    await audit.close();

    const lines = fs.readFileSync(lastSegment(dir), "utf8").split("\n");
    const keys = lines
      .filter((line) => line.includes('"call":"c1"'))
      .map((line) => Object.keys(JSON.parse(line)));
    expect(keys).toEqual([
      [
        "seq",
        "type",
        "call",
        "time",
        "client",
        "key",
        "delegation",
        "protocol",
        "operation",
        "model",
        "modelArn",
        "region",
        "account",
        "project",
        "sessionName",
        "requestBytes",
        "remote",
        "hash",
      ],
      [
        "seq",
        "type",
        "call",
        "time",
        "outcome",
        "status",
        "upstreamStatus",
        "upstreamRequestId",
        "upstreamErrorType",
        "error",
        "usage",
        "cost",
        "firstByteMs",
        "totalMs",
        "responseBytes",
        "attempts",
        "hash",
      ],
    ]);
  });

  it("are in the file once written, before they are durable", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    await audit.intent(intent("c1")).written;
    expect(fs.readFileSync(lastSegment(dir), "utf8")).toContain('"call":"c1"');
    await audit.close();
  });

  it("can be a single refusal", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    audit.refusal(refusal("r1"));
    await audit.close();
    expect(await recordsOf(dir)).toContainEqual(
      expect.objectContaining({ type: "refusal", call: "r1", error: "model_denied", status: 403 }),
    );
  });

  it("share one write per turn and few syncs among many calls", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    const before = audit.stats();

    await Promise.all(Array.from({ length: 1000 }, (_, i) => audit.intent(intent(`c${i}`)).durable));

    const after = audit.stats();
    expect(after.records - before.records).toBe(1000);
    expect(after.writes - before.writes).toBe(1);
    expect(after.syncs - before.syncs).toBeLessThan(10);
    expect(after.open).toBe(1000);
    await audit.close();
  });
});

describe("rotation", () => {
  it("keeps one chain, and each segment lists the open calls", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir, { segmentBytes: 3000 }));
    await audit.intent(intent("long")).durable;
    await recordCalls(audit, ["a", "b", "c", "d", "e", "f"]);
    audit.outcome(outcome("long"));
    await audit.close();

    const opens = (await recordsOf(dir)).filter((record) => record.type === "open");
    expect(opens.length).toBeGreaterThan(2);
    expect(opens.slice(1).every((open) => open.calls.includes("long"))).toBe(true);
    expect((await verifyAudit(dir)).problems).toEqual([]);
    expect((await all(readCalls(dir))).map(({ call }) => call)).toEqual(
      expect.arrayContaining(["a", "f", "long"]),
    );
  });
});

describe("a start after a crash", () => {
  it("T24: closes calls that never ended as unknown, even those started in an earlier segment", async () => {
    const dir = newFolder();
    const killed = await openAudit(options(dir, { segmentBytes: 3000 }));
    await killed.intent(intent("long")).durable;
    await recordCalls(killed, ["a", "b", "c", "d", "e", "f"]);
    await killed.intent(intent("late")).durable;
    const copy = crashed(dir);
    await killed.close();

    const audit = await openAudit(options(copy));
    await audit.close();

    const calls = await all(readCalls(copy));
    const unknown = calls.filter((call) => call.outcome === "unknown").map(({ call }) => call);
    expect(unknown).toEqual(["long", "late"]);
    expect(calls).toHaveLength(8);
    expect(await recordsOf(copy)).toContainEqual(expect.objectContaining({ type: "start", orphans: 2 }));
    expect((await verifyAudit(copy)).problems).toEqual([]);
  });

  it.each([
    ["half a line", '{"seq":99,"type":"int'],
    ["zeros", "\0".repeat(5000)],
  ])("drops %s at the end, reports it, and continues", async (_name, torn) => {
    const dir = newFolder();
    const first = await openAudit(options(dir));
    await recordCalls(first, ["a"]);
    await first.close();
    fs.appendFileSync(lastSegment(dir), torn);

    const second = await openAudit(options(dir));
    await recordCalls(second, ["b"]);
    await second.close();

    expect(await recordsOf(dir)).toContainEqual(
      expect.objectContaining({ type: "start", tornBytes: torn.length, damagedLines: 0 }),
    );
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, chains: [{ segments: 1 }] });
  });

  it("continues if a segment had been started and nothing written to it", async () => {
    const dir = newFolder();
    const first = await openAudit(options(dir));
    await recordCalls(first, ["a"]);
    await first.close();
    const { last = 0 } = (await verifyAudit(dir)).chains[0] ?? {};
    fs.writeFileSync(path.join(dir, `audit-${String(last + 1).padStart(20, "0")}.jsonl`), '{"seq"');

    const second = await openAudit(options(dir));
    await second.close();

    expect(await verifyAudit(dir)).toMatchObject({ ok: true, chains: [{ segments: 1 }] });
  });

  it("T19: leaves a tampered segment unchanged and continues in a new one", async () => {
    const dir = newFolder();
    const first = await openAudit(options(dir));
    await recordCalls(first, ["a"]);
    await first.close();
    const segment = lastSegment(dir);
    const tampered = fs.readFileSync(segment, "utf8").replace('"client":"billing"', '"client":"someone"');
    fs.writeFileSync(segment, tampered);

    const second = await openAudit(options(dir));
    await recordCalls(second, ["b"]);
    await second.close();

    expect(fs.readFileSync(segment, "utf8")).toBe(tampered);
    expect(await recordsOf(dir)).toContainEqual(expect.objectContaining({ type: "start", damagedLines: 1 }));
    const { problems } = await verifyAudit(dir);
    expect(problems).toEqual([expect.objectContaining({ kind: "edited", file: path.basename(segment) })]);
  });

  it("T19: never reuses a segment's name, even if no line of the last segment can be read", async () => {
    const dir = newFolder();
    const first = await openAudit(options(dir));
    await first.close();
    const segment = lastSegment(dir);
    fs.writeFileSync(segment, "nothing\nto see\n");
    fs.rmSync(path.join(dir, "checkpoints.jsonl"));

    const second = await openAudit(options(dir));
    await second.close();

    expect(listSegments(dir)).toHaveLength(2);
    expect(fs.readFileSync(segment, "utf8")).toBe("nothing\nto see\n");
  });
});

describe("tampering while it runs", () => {
  const tamper: [string, (file: string) => void][] = [
    ["removed", (file) => fs.rmSync(file)],
    ["moved away", (file) => fs.renameSync(file, `${file}.old`)],
    [
      "replaced by a copy",
      (file) => (fs.copyFileSync(file, `${file}.new`), fs.renameSync(`${file}.new`, file)),
    ],
    ["cut", (file) => fs.truncateSync(file, 10)],
    ["written to", (file) => fs.appendFileSync(file, "{}\n")],
  ];

  it.each(tamper)(
    "T20: a segment that is %s makes the log unavailable without any call",
    async (_name, change) => {
      const dir = newFolder();
      const audit = await openAudit(options(dir));
      await recordCalls(audit, ["a"]);
      change(lastSegment(dir));
      await vi.waitFor(() => expect(audit.available()).toBe(false), 10_000);
      expect(() => audit.intent(intent("b"))).toThrow(unavailable);
      await audit.close();
    },
  );

  it.each(tamper)("T20: no call is acknowledged once its segment is %s", async (_name, change) => {
    const dir = newFolder();
    const troubles: Error[] = [];
    const audit = await openAudit(options(dir, { onTrouble: (error) => troubles.push(error) }));
    await recordCalls(audit, ["a"]);
    change(lastSegment(dir));

    const { written, durable } = audit.intent(intent("b"));

    await expect(written).rejects.toEqual(unavailable);
    await expect(durable).rejects.toEqual(unavailable);
    expect(audit.available()).toBe(false);
    expect(String(troubles[0]?.cause)).toContain("removed, replaced or changed");
    audit.outcome(outcome("a2"));
    expect(troubles.at(-1)?.message).toContain("a2");
    await audit.close();
  });

  it("T20: the removal of the saved checkpoints makes it unavailable too", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    fs.rmSync(path.join(dir, "checkpoints.jsonl"));
    await vi.waitFor(() => expect(audit.available()).toBe(false), 10_000);
    await audit.close();
  });

  it("T20: after a restart calls are accepted again, and the loss stays provable", async () => {
    const dir = newFolder();
    const first = await openAudit(options(dir, { checkpointRecords: 2 }));
    await recordCalls(first, ["a", "b", "c"]);
    fs.rmSync(lastSegment(dir));
    await first.close();

    const second = await openAudit(options(dir));
    await recordCalls(second, ["d"]);
    await second.close();

    const start = (await recordsOf(dir)).find((record) => record.type === "start");
    expect(start!.lostRecords).toBeGreaterThan(4);
    const { problems } = await verifyAudit(dir);
    expect(problems).toEqual([expect.objectContaining({ kind: "missing", seq: 1 })]);
  });
});

describe("a disk that fails", () => {
  it("is never trusted again: no call is acknowledged after a failed fdatasync", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    const failing = vi.spyOn(fs, "fdatasync").mockImplementationOnce((_fd, done) => {
      setImmediate(done, Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }));
    });
    const first = audit.intent(intent("a"));
    await first.written;
    const second = audit.intent(intent("b"));

    await expect(first.durable).rejects.toEqual(unavailable);
    await expect(second.durable).rejects.toEqual(unavailable);
    expect(() => audit.intent(intent("c"))).toThrow(unavailable);
    expect(audit.available()).toBe(false);
    failing.mockRestore();
    await audit.close();
  });
});

describe("the writer's folder", () => {
  it("has one writer at a time", async () => {
    const dir = newFolder();
    const audit: Audit = await openAudit(options(dir));
    await expect(openAudit(options(dir))).rejects.toEqual(unavailable);
    await audit.close();
    await (await openAudit(options(dir))).close();
  });

  it("is accessible to its owner only, and so is the signing key", async () => {
    const dir = newFolder();
    await (await openAudit(options(dir))).close();
    expect(mode(dir)).toBe(0o700);
    expect(mode(lastSegment(dir))).toBe(0o600);
    expect(mode(path.join(path.dirname(dir), "audit-signing.pem"))).toBe(0o600);
  });

  it("is refused if the signing key is gone but its public half isn't", async () => {
    const dir = newFolder();
    await (await openAudit(options(dir))).close();
    fs.rmSync(path.join(path.dirname(dir), "audit-signing.pem"));
    await expect(openAudit(options(dir))).rejects.toEqual(unavailable);
  });
});

describe("checkpoints", () => {
  it("are signed after a number of records, or a time after the first record that none covers", async () => {
    const dir = newFolder();
    let now = Date.parse("2026-11-23T08:00:00Z");
    const audit = await openAudit(
      options(dir, {
        checkpointRecords: 4,
        checkpointSeconds: 60,
        clock: { ...systemClock, now: () => now },
      }),
    );
    const signed = async () => (await recordsOf(dir)).filter((record) => record.type === "checkpoint").length;
    await recordCalls(audit, ["a", "b", "c"]);
    expect(await signed()).toBe(1);

    now += 60_000;
    await vi.waitFor(async () => expect(await signed()).toBe(2), 10_000);
    await audit.close();
    expect((await verifyAudit(dir)).ok).toBe(true);
  });
});

describe("close", () => {
  it("writes what is pending, ends with a signed checkpoint, and refuses further calls", async () => {
    const dir = newFolder();
    const audit = await openAudit(options(dir));
    const pending = audit.intent(intent("a"));
    const closed = audit.close();
    expect(() => audit.intent(intent("b"))).toThrow(unavailable);
    await Promise.all([closed, pending.durable]);

    expect((await recordsOf(dir)).slice(-3).map(({ type }) => type)).toEqual([
      "intent",
      "stop",
      "checkpoint",
    ]);
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, chains: [{ checkpoints: 1 }] });
  });
});
