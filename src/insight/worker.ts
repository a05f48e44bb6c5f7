/**
 * The index's own thread: follows the log, and answers questions between two batches. Whatever fails ends the thread;
 * the side that asks (open.ts) starts it anew.
 */
import { parentPort, workerData } from "node:worker_threads";
import { logIdentity, scanRecords } from "../audit/scan.ts";
import { listSegments } from "../audit/segments.ts";
import { reasonOf } from "../core/reason.ts";
import { openIndex } from "./database.ts";
import { InsightError } from "./errors.ts";
import { Indexer } from "./indexer.ts";
import type { Answer, Question, Told, WorkerSettings } from "./messages.ts";
import { callsOf, changesOf } from "./search.ts";
import { overviewOf, spentIn, usageOf } from "./usage.ts";

/** Records between two commits while much is to be read. */
const BATCH = 2_000;
/** Calls that are passed on at once; of more, the latest. */
const MOST_TOLD = 200;

const { auditDir, file } = workerData as WorkerSettings;
const database = openIndex(file, await logIdentity(auditDir));
const indexer = new Indexer(database);
const stop = new AbortController();
let ends = 0;
let endedAt: number | null = null;
let waiting: { after: number; resolve: () => void }[] = [];

function tell(message: Told): void {
  parentPort?.postMessage(message);
}

function flush(): void {
  const calls = indexer.flush(Date.now());
  if (calls.length > 0) tell({ kind: "calls", calls: calls.slice(-MOST_TOLD) });
}

/** The log's end is reached: all that was written before the round began is in the index. */
function onEnd(): void {
  flush();
  ends++;
  endedAt = Date.now();
  const reached = waiting.filter(({ after }) => after < ends);
  waiting = waiting.filter(({ after }) => after >= ends);
  for (const { resolve } of reached) resolve();
}

async function follow(): Promise<void> {
  let taken = 0;
  const from = startOf(indexer.record);
  for await (const record of scanRecords(auditDir, { from, follow: stop.signal, onEnd })) {
    indexer.take(record);
    if (++taken % BATCH !== 0) continue;
    flush();
    // Questions are answered in between.
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** The segment that holds the last record that is known. */
function startOf(record: number): number {
  return listSegments(auditDir).findLast(({ first }) => first <= record)?.first ?? 0;
}

/** A round may be under way that has passed the log's end already: the one after it is waited for too. */
function caughtUp(): Promise<void> {
  return new Promise((resolve) => void waiting.push({ after: ends + 1, resolve }));
}

async function answer({ method, query }: Question): Promise<Answer> {
  switch (method) {
    case "overview":
      return overviewOf(database, query, Date.now());
    case "usage":
      return usageOf(database, query, Date.now());
    case "calls":
      return callsOf(database, query);
    case "changes":
      return changesOf(database, query);
    case "spent":
      await caughtUp();
      return spentIn(database, query);
    case "state": {
      const counted = database.prepare("SELECT count(*) AS calls FROM call").get();
      const behindMs = endedAt === null ? null : Math.max(0, Date.now() - endedAt);
      return { indexedRecord: indexer.record, calls: Number(counted?.["calls"]), behindMs };
    }
    case "close":
      stop.abort();
      return null;
    default: {
      const _: never = method;
      return _;
    }
  }
}

async function answered(question: Question): Promise<void> {
  try {
    tell({ kind: "answer", id: question.id, result: await answer(question) });
  } catch (thrown) {
    const code = thrown instanceof InsightError ? thrown.code : "unavailable";
    tell({ kind: "failure", id: question.id, code, message: reasonOf(thrown) });
  }
  if (question.method === "close") parentPort?.close();
}

parentPort?.on("message", (question: Question) => {
  void answered(question);
});

await follow();
flush();
database.close();
