/** The log as its readers want it: one row a call, its intent and outcome joined. */
import type { IntentRecord, OutcomeRecord, RefusalRecord } from "./records.ts";
import { fromTime, scanRecords } from "./scan.ts";
import type { Scanned, ScanOptions } from "./scan.ts";
import { listSegments } from "./segments.ts";
import type { Protocol } from "../core/protocol.ts";
import type { OutcomeKind, Reserved, Usage } from "./types.ts";

/** `refused`: turned away by Signet. `running`: no outcome yet. */
export const CALL_RESULTS = ["refused", "running"] as const;
export type CallResult = OutcomeKind | (typeof CALL_RESULTS)[number];

/** One call. What its records don't say is null: a refusal has no model ARN, a running call no status. */
export interface Call {
  call: string;
  /** ISO 8601: when it arrived. */
  time: string;
  client: string;
  key: string;
  delegation: string;
  protocol: Protocol;
  operation: string | null;
  model: string | null;
  modelArn: string | null;
  region: string | null;
  account: string | null;
  sessionName: string | null;
  remote: string;
  requestBytes: number | null;
  outcome: CallResult;
  status: number | null;
  error: string | null;
  upstreamStatus: number | null;
  upstreamRequestId: string | null;
  upstreamErrorType: string | null;
  usage: Usage | null;
  /** US dollars, by the price table of the version `prices`; null where the price isn't known. */
  costUsd: number | null;
  prices: string | null;
  /** What was set aside of budgets meanwhile. */
  reserved: Reserved | null;
  firstByteMs: number | null;
  totalMs: number | null;
  responseBytes: number | null;
  attempts: number | null;
  /** Name of the chain that holds its records, and their numbers there. */
  chain: string;
  records: number[];
  /** Prompt and completion, where they were recorded. */
  content?: { request: unknown; response: unknown };
}

export interface CallFilter {
  /** Epoch milliseconds, by the call's arrival: `since` inclusive, `until` exclusive. */
  since?: number;
  until?: number;
  client?: string;
  delegation?: string;
  model?: string;
  outcome?: CallResult;
  call?: string;
}

/** Where to begin and whether to go on: for following the log. */
export interface CallScan extends Pick<ScanOptions, "follow" | "onEnd"> {
  /** At least so many of the latest calls are met; all of them unless given. */
  latest?: number;
}

/** Yields calls as they end, then those still running. Rejects with the system's error where a file can't be read. */
export async function* readCalls(
  dir: string,
  filter: CallFilter = {},
  scan: CallScan = {},
): AsyncGenerator<Call> {
  const joiner = new CallJoiner();
  for await (const scanned of scanRecords(dir, scanFor(filter, scan))) {
    const call = joiner.take(scanned);
    if (call && matches(call, filter)) yield call;
  }
  for (const call of joiner.running()) if (matches(call, filter)) yield call;
}

/** Joins intents with their outcomes, record by record. */
export class CallJoiner {
  readonly #running = new Map<string, { chain: string; intent: IntentRecord }>();

  /** The call that ends with this record. */
  take({ chain, record }: Scanned): Call | undefined {
    if (record.type === "intent") this.#running.set(record.call, { chain, intent: record });
    if (record.type === "refusal") return callOfRefusal(chain, record);
    if (record.type !== "outcome") return undefined;
    const begun = this.#running.get(record.call);
    this.#running.delete(record.call);
    return begun && callOf(chain, begun.intent, record);
  }

  /** The calls without an outcome so far. */
  running(): Call[] {
    return [...this.#running.values()].map(({ chain, intent }) => callOf(chain, intent, undefined));
  }
}

function scanFor(filter: CallFilter, { latest, ...scan }: CallScan): ScanOptions {
  const options: ScanOptions = { ...scan };
  if (filter.call !== undefined) options.containing = JSON.stringify(filter.call);
  if (filter.since !== undefined) options.from = fromTime(filter.since);
  if (latest !== undefined) options.from = ({ dir }) => recordBeforeLast(dir, latest);
  return options;
}

const EXACT = ["client", "delegation", "model", "outcome", "call"] as const;

function matches(call: Call, filter: CallFilter): boolean {
  const time = Date.parse(call.time);
  if (filter.since !== undefined && time < filter.since) return false;
  if (filter.until !== undefined && time >= filter.until) return false;
  return EXACT.every((name) => filter[name] === undefined || call[name] === filter[name]);
}

const NOT_SENT = {
  upstreamStatus: null,
  upstreamRequestId: null,
  upstreamErrorType: null,
  usage: null,
  costUsd: null,
  prices: null,
  firstByteMs: null,
  totalMs: null,
  responseBytes: null,
  attempts: null,
};

function callOf(chain: string, intent: IntentRecord, outcome: OutcomeRecord | undefined): Call {
  const { seq, hash: _hash, type: _type, content: request, reserved = null, ...rest } = intent;
  const asked = { ...rest, reserved, chain };
  if (!outcome)
    return { ...asked, ...NOT_SENT, outcome: "running", status: null, error: null, records: [seq] };
  const { status, error, upstreamStatus, upstreamRequestId, upstreamErrorType } = outcome;
  const { usage, firstByteMs, totalMs, responseBytes, attempts, content: response } = outcome;
  // Records of earlier versions have no cost.
  const cost = (outcome.cost as OutcomeRecord["cost"] | undefined) ?? null;
  const priced = { costUsd: cost?.usd ?? null, prices: cost?.prices ?? null };
  const answer = { upstreamStatus, upstreamRequestId, upstreamErrorType, usage, firstByteMs, totalMs };
  return {
    ...asked,
    ...answer,
    ...priced,
    outcome: outcome.outcome,
    status,
    error,
    responseBytes,
    attempts,
    records: [seq, outcome.seq],
    ...(request === undefined && response === undefined ? {} : { content: { request, response } }),
  };
}

function callOfRefusal(chain: string, record: RefusalRecord): Call {
  const { seq, hash: _hash, type: _type, ...asked } = record;
  const unknown = { modelArn: null, account: null, sessionName: null, requestBytes: null, reserved: null };
  return { ...asked, ...unknown, ...NOT_SENT, outcome: "refused", chain, records: [seq] };
}

/** The record of a chain to begin with so that at least its last `count` calls are met: each has at most two records. */
function recordBeforeLast(dir: string, count: number): number {
  const firsts = listSegments(dir).map(({ first }) => first);
  const end = firsts.at(-1) ?? 0;
  // Twice as many, for the chain's own records and for calls that overlap.
  return firsts.findLast((first) => end - first >= count * 4) ?? 0;
}
