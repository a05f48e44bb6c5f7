import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCalls } from "../audit/calls.ts";
import { all, intent, newFolder, outcome, recordCalls, refusal } from "../audit/fixtures.ts";
import { listSegments } from "../audit/segments.ts";
import { systemClock } from "../core/clock.ts";
import { InsightError } from "./errors.ts";
import { openInsight } from "./open.ts";
import { ALWAYS, openLog, openLogAndIndex } from "./fixtures.ts";
import type { IndexedCall, Insight } from "./types.ts";

/** Resolves once the log is indexed, however often the index's thread must be restarted. */
async function settled(insight: Insight): Promise<void> {
  try {
    await insight.spent(ALWAYS);
  } catch (error) {
    if (!(error instanceof InsightError && error.code === "unavailable")) throw error;
    await sleep(10);
    await settled(insight);
  }
}

async function idsIn(insight: Insight): Promise<string[]> {
  await settled(insight);
  const { calls } = await insight.calls({ limit: 200 });
  const { totals } = await insight.overview({ since: 0, until: 4_000_000_000_000 });
  expect(totals.calls + totals.refused).toBe(calls.length);
  return calls.map(({ call }) => call).toReversed();
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `call-${from + n}`);

describe("the index", () => {
  it("has all of the log's fields of each call except prompts and completions", async () => {
    const { dir, audit, insight } = await openLogAndIndex();
    const reserved = { tokens: 500, costUsd: 0.02 };
    await audit.intent(intent("one", { content: "prompt", reserved, sessionName: null })).durable;
    audit.outcome(outcome("one", { content: "completion", cost: { usd: 0.0001234, prices: "2026-11" } }));
    await audit.intent(intent("two", { model: null, modelArn: null, operation: "ListFoundationModels" }))
      .durable;
    const denied = { outcome: "denied", error: "role_denied", status: 403 } as const;
    audit.outcome(outcome("two", { ...denied, upstreamErrorType: "AccessDeniedException" }));
    audit.refusal(refusal("three"));
    await audit.intent(intent("still running")).durable;
    await settled(insight);

    const ended = (await all(readCalls(dir))).filter(({ outcome: result }) => result !== "running");
    const expected = ended.map(({ content: _content, ...call }) => call).toReversed();
    expect(await insight.calls({ limit: 10 })).toEqual({ calls: expected, next: null });
  });

  it("is readable by its owner only", async () => {
    const { audit, insight, file } = await openLogAndIndex();
    await recordCalls(audit, ["one"]);
    await settled(insight);
    const modes = fs.globSync(`${file}*`).map((name) => fs.statSync(name).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it("stores no prompts and completions, not even of running calls", async () => {
    const { audit, insight, file } = await openLogAndIndex();
    await audit.intent(intent("one", { content: "a secret prompt" })).durable;
    await settled(insight);
    await insight.close();
    for (const name of fs.globSync(`${file}*`))
      expect(fs.readFileSync(name, "latin1")).not.toContain("secret");
  });

  it("includes, in each answer, all calls that ended before the question", async () => {
    const { audit, insight } = await openLogAndIndex();
    await settled(insight);
    for (let ended = 1; ended <= 6; ended += 2) {
      await recordCalls(audit, numbered(2, ended));
      // Everything before this in the log is then on disk, too.
      await audit.intent(intent(`running-${ended}`)).durable;
      const asked =
        ended === 3
          ? (await insight.overview({ since: 0, until: 4_000_000_000_000 })).totals.calls
          : (await insight.calls({ limit: 9 })).calls.length;
      expect(asked).toBe(ended + 1);
    }
  });

  it("reports its progress", async () => {
    const { audit, insight } = await openLogAndIndex();
    await recordCalls(audit, numbered(3));
    await settled(insight);
    const { records } = audit.stats();
    expect(await insight.state()).toEqual({
      indexedRecords: records,
      calls: 3,
      behindMs: expect.any(Number),
    });
  });
});

describe("the index after a restart", () => {
  it("continues where it was, and joins an outcome with the intent from before", async () => {
    const { audit, insight, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(20));
    await audit.intent(intent("long")).durable;
    await settled(insight);
    await insight.close();
    await recordCalls(audit, numbered(20, 20));
    audit.outcome(outcome("long"));
    await audit.close();
    const ids = await idsIn(reopen());
    expect(ids.toSorted()).toEqual([...numbered(40), "long"].toSorted());
  });

  it("counts a call cut off by a crash as unknown, with its reservation", async () => {
    const { audit, dir, file, insight, time } = await openLogAndIndex();
    await audit.intent(intent("orphan", { reserved: { tokens: 700, costUsd: 0.25 } })).durable;
    await settled(insight);
    await insight.close();
    // What a crash would have left, in another folder.
    const left = path.dirname(newFolder());
    fs.cpSync(path.dirname(dir), left, { recursive: true });
    await openLog(path.join(left, path.basename(dir)), time);
    const log = { warn: () => undefined };
    const next = openInsight({
      auditDir: path.join(left, path.basename(dir)),
      file: path.join(left, path.basename(file)),
      log,
      clock: systemClock,
    });
    onTestFinished(() => next.close());
    await settled(next);
    expect((await next.calls({ limit: 1 })).calls).toMatchObject([{ call: "orphan", outcome: "unknown" }]);
    const [spent] = await next.spent(ALWAYS);
    expect(spent).toEqual({ scope: "delegation", name: "prod", tokens: 700, costUsd: 0.25 });
  });

  it("continues without segments that were removed in the meantime", async () => {
    const { audit, dir, insight, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(20));
    await settled(insight);
    await insight.close();
    await recordCalls(audit, numbered(20, 20));
    for (const segment of listSegments(dir).slice(0, 3)) fs.rmSync(segment.path);
    expect(await idsIn(reopen())).toEqual(numbered(40));
  });
});

describe("the index is rebuilt", () => {
  it.each([
    ["is no database", (file: string) => fs.writeFileSync(file, "not a database".repeat(1000))],
    ["is of another version", (file: string) => change(file, "PRAGMA user_version = 999")],
    ["is another program's", (file: string) => change(file, "PRAGMA application_id = 1")],
    ["is damaged within", (file: string) => overwrite(file, 4096)],
    ["belongs to another log", (file: string) => change(file, `UPDATE place SET hash = '${"0".repeat(64)}'`)],
    ["is ahead of the log", (file: string) => change(file, "UPDATE place SET offset = offset + 5000000")],
    ["is of segments that never were", (file: string) => change(file, "UPDATE place SET segment = 7777")],
  ])("if the file %s", async (_how, spoil) => {
    const { audit, insight, file, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(20));
    await settled(insight);
    await insight.close();
    spoil(file);
    await recordCalls(audit, numbered(2, 20));
    const next = reopen();
    expect(await idsIn(next)).toEqual(numbered(22));
  });

  it("if a query finds that something is missing", async () => {
    const { audit, insight, file, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(5));
    await settled(insight);
    await insight.close();
    change(file, "UPDATE origin SET id = id + 100");
    const next = reopen();
    await settled(next);
    await expect(next.calls({ limit: 5 })).rejects.toMatchObject({ code: "unavailable" });
    expect(await idsIn(next)).toEqual(numbered(5));
  });

  it("from the remaining segments if the oldest are gone", async () => {
    const { audit, dir, insight, file, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(40));
    await insight.close();
    fs.rmSync(file, { force: true });
    for (const segment of listSegments(dir).slice(0, 2)) fs.rmSync(segment.path);
    const found = await idsIn(reopen());
    expect(found).toEqual(numbered(40).slice(-found.length));
    expect(found.length).toBeGreaterThan(5);
  });
});

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

/** Spoils all pages from an offset on. */
function overwrite(file: string, from: number): void {
  const fd = fs.openSync(file, "r+");
  fs.writeSync(fd, Buffer.alloc(fs.fstatSync(fd).size - from, 0xa5), 0, undefined, from);
  fs.closeSync(fd);
}

describe("damaged lines of the log", () => {
  const spoil = (line: string): string => {
    if (line.includes('"outcome","call":"call-1"')) return "not JSON";
    if (line.includes('"outcome","call":"call-2"')) return "null";
    if (line.includes('"outcome","call":"call-3"'))
      return line.replace('"inputTokens":12', '"inputTokens":{}');
    if (line.includes('"intent","call":"call-4"')) return line.replace('"billing"', '["billing"]');
    if (line.includes('"intent","call":"call-5"')) return line.replace('"call-5"', '{"id":5}');
    return line;
  };

  it("are skipped", async () => {
    const { audit, dir, file, insight, reopen } = await openLogAndIndex();
    await recordCalls(audit, numbered(7));
    await audit.close();
    await insight.close();
    fs.rmSync(file, { force: true });
    for (const { path: segment } of listSegments(dir))
      fs.writeFileSync(segment, fs.readFileSync(segment, "utf8").split("\n").map(spoil).join("\n"));
    expect(await idsIn(reopen())).toEqual(["call-0", "call-6"]);
  });
});

describe("the index's thread", () => {
  it("is restarted when it ends: pending questions are refused, and no call is counted twice", async () => {
    const workers: Worker[] = [];
    const started = (worker: Worker) => void workers.push(worker);
    process.on("worker", started);
    onTestFinished(() => void process.off("worker", started));
    const { audit, insight, troubles } = await openLogAndIndex();
    for (let round = 0; round < 3; round++) {
      await recordCalls(audit, numbered(20, round * 20));
      const asked = insight.spent(ALWAYS);
      await Promise.all([
        workers.at(-1)!.terminate(),
        expect(asked).rejects.toMatchObject({ name: "InsightError", code: "unavailable" }),
      ]);
      await settled(insight);
    }
    expect(await idsIn(insight)).toEqual(numbered(60));
    expect(workers).toHaveLength(4);
    expect(troubles.filter((trouble) => trouble.includes("its thread ended"))).toHaveLength(3);
  });

  it("doesn't touch a file that another index has open", async () => {
    const { audit, insight, reopen, troubles } = await openLogAndIndex();
    await recordCalls(audit, numbered(5));
    await settled(insight);
    const other = reopen();
    await expect(other.spent(ALWAYS)).rejects.toMatchObject({ code: "unavailable" });
    expect(troubles.join()).toContain("locked");
    await insight.close();
    expect(await idsIn(other)).toEqual(numbered(5));
  });

  it("answers nothing once it is closed", async () => {
    const { insight } = await openLogAndIndex();
    const asked = insight.state();
    await Promise.all([insight.close(), insight.close(), asked.catch(() => undefined)]);
    await expect(insight.state()).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a follower", () => {
  it("gets each call that ends from then on, once, until it stops", async () => {
    const { audit, insight } = await openLogAndIndex();
    await recordCalls(audit, numbered(3));
    await settled(insight);
    const seen: string[] = [];
    const three = Promise.withResolvers<void>();
    const following = insight.follow(({ call }: IndexedCall) => {
      seen.push(call);
      if (seen.length === 3) three.resolve();
    });
    const failing = insight.follow(() => {
      throw new Error("not my day");
    });
    await recordCalls(audit, numbered(2, 10));
    audit.refusal(refusal("refused"));
    await three.promise;
    following.stop();
    failing.stop();
    await recordCalls(audit, numbered(2, 20));
    await settled(insight);
    expect(seen).toEqual(["call-10", "call-11", "refused"]);
  });
});
