/** A log with its writer and an index of it, for the tests of this folder. */
import path from "node:path";
import { onTestFinished } from "vitest";
import { newFolder, options } from "../audit/fixtures.ts";
import type { Audit } from "../audit/types.ts";
import { openAudit } from "../audit/writer.ts";
import { systemClock } from "../core/clock.ts";
import { answerTo } from "./answer.ts";
import { follow } from "./follower.ts";
import { questionsBy } from "./messages.ts";
import { openInsight } from "./open.ts";
import type { Insight, Period } from "./types.ts";

export const ALWAYS: Period = { since: 0, until: Number.MAX_SAFE_INTEGER };

/** The log's clock: the next record is dated `now`, epoch milliseconds. */
export interface Time {
  now: number;
}

export interface LogAndIndex {
  dir: string;
  file: string;
  audit: Audit;
  insight: Insight;
  time: Time;
  /** The index's messages in the operator's log. */
  troubles: string[];
  /** Opens another index on the file; the previous one should be closed. */
  reopen: () => Insight;
}

/** Everything is closed and removed when the test ends. */
export async function openLogAndIndex(dir = newFolder()): Promise<LogAndIndex> {
  const time = { now: Date.parse("2026-11-23T08:00:00Z") };
  const audit = await openLog(dir, time);
  const troubles: string[] = [];
  const file = path.join(path.dirname(dir), "insight.db");
  const log = {
    warn: (fields: object, message: string) => void troubles.push(message + JSON.stringify(fields)),
  };
  const reopen = () => {
    const insight = openInsight({ auditDir: dir, file, log, clock: systemClock });
    onTestFinished(() => insight.close());
    return insight;
  };
  return { dir, file, audit, time, troubles, insight: reopen(), reopen };
}

function rethrow(error: unknown): never {
  throw error;
}

/** The same without the thread, so that the index uses the log's clock, too. */
export async function openLogAndLocalIndex(): Promise<
  Pick<LogAndIndex, "dir" | "audit" | "time"> & LocalIndex
> {
  const dir = newFolder();
  const time = { now: Date.parse("2026-11-23T08:00:00Z") };
  const audit = await openLog(dir, time);
  const follower = follow(
    { auditDir: dir, file: path.join(path.dirname(dir), "insight.db") },
    { ...systemClock, now: () => time.now },
    { onCalls: () => undefined, onTrouble: rethrow, onLost: rethrow },
  );
  onTestFinished(() => follower.close());
  return { dir, audit, time, insight: questionsBy((asked) => answerTo(follower, asked)) };
}

export interface LocalIndex {
  insight: Omit<Insight, "follow" | "close">;
}

export async function openLog(dir: string, time: Time): Promise<Audit> {
  const audit = await openAudit(
    options(dir, { segmentBytes: 4000, clock: { ...systemClock, now: () => time.now } }),
  );
  onTestFinished(() => audit.close());
  return audit;
}
