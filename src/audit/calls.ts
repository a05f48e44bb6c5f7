/** The log as readers need it: one entry per call, its intent and outcome joined. */
import { CALL_FIELD_NAMES, fieldsIn, type CallResult, type JoinedCall } from "./call-record.ts";
import type { IntentRecord, OutcomeRecord, RefusalRecord } from "./records.ts";
import { fromTime, scanRecords } from "./scan.ts";
import type { Scanned, ScanOptions } from "./scan.ts";
import { listSegments } from "./segments.ts";

/** One call. Fields that its records lack are null: a refusal has no model ARN, a running call no status. */
export interface Call extends JoinedCall {
  /** Prompt and completion, if they were recorded. */
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

/** Where to start and whether to continue, for following the log. */
export interface CallScan extends Pick<ScanOptions, "follow" | "onEnd"> {
  /** Reads at least this many of the latest calls. Default: all. */
  latest?: number;
}

/** Yields calls as they end, then those still running. Rejects with the system's error if a file can't be read. */
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

const IN = { intent: fieldsIn("intent"), outcome: fieldsIn("outcome"), refusal: fieldsIn("refusal") };
const NOTHING_KNOWN = Object.fromEntries(CALL_FIELD_NAMES.map((name) => [name, null])) as unknown as Call;

function callOf(chain: string, intent: IntentRecord, outcome: OutcomeRecord | undefined): Call {
  const { seq, time, reserved = null } = intent;
  const call: Call = { ...NOTHING_KNOWN, time, outcome: "running", reserved, chain, records: [seq] };
  copyFields(intent, call);
  if (!outcome) return call;
  copyFields(outcome, call);
  call.records.push(outcome.seq);
  // Records of earlier versions have no cost, and don't say for how long tokens were written to the cache.
  if (call.usage)
    call.usage = { ...call.usage, cacheWrite1hInputTokens: call.usage.cacheWrite1hInputTokens ?? null };
  call.costUsd = outcome.cost?.usd ?? null;
  call.prices = outcome.cost?.prices ?? null;
  const { content: request } = intent;
  const { content: response } = outcome;
  if (request !== undefined || response !== undefined) call.content = { request, response };
  return call;
}

function callOfRefusal(chain: string, record: RefusalRecord): Call {
  const { seq, time } = record;
  const call: Call = { ...NOTHING_KNOWN, time, outcome: "refused", chain, records: [seq] };
  copyFields(record, call);
  return call;
}

/** In a log that was tampered with, any field may be missing or hold anything. */
function copyFields(record: IntentRecord | OutcomeRecord | RefusalRecord, call: Call): void {
  const from = record as Partial<JoinedCall>;
  const to = call as unknown as Record<string, unknown>;
  for (const name of IN[record.type]) to[name] = from[name] ?? null;
}

/** The first record to read for at least the last `count` calls of a chain: each has at most two records. */
function recordBeforeLast(dir: string, count: number): number {
  const firsts = listSegments(dir).map(({ first }) => first);
  const end = firsts.at(-1) ?? 0;
  // Twice as many, for the chain's own records and for calls that overlap.
  return firsts.findLast((first) => end - first >= count * 4) ?? 0;
}
