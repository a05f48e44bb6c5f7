/**
 * What operators see of calls: sums, series and searches over an index of the audit log. The index is derived: it can be
 * deleted at any time and is rebuilt from the log, the only source of truth.
 */
import type { CallResult } from "../audit/call-record.ts";
import type { Call } from "../audit/calls.ts";
import type { RecordedChange } from "../audit/changes.ts";
import type { HolderUsage } from "../limits/limiter.ts";

/** Epoch milliseconds: `since` inclusive, `until` exclusive. */
export interface Period {
  since: number;
  until: number;
}

/** Milliseconds; null if no call has any. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface Totals {
  /** Sent to Bedrock and ended. */
  calls: number;
  /** Of these, those that ended other than `ok`. */
  failed: number;
  /** Refused by Signet, so nothing was sent. */
  refused: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  /** US dollars of the calls whose price is known. */
  costUsd: number;
  /** Calls with usage whose price is unknown: they are in no sum of dollars. */
  unpricedCalls: number;
  firstByteMs: Percentiles;
  totalMs: Percentiles;
}

export interface Point extends Totals {
  /** Epoch milliseconds: the beginning of the interval. */
  at: number;
}

export const USAGE_BY = ["client", "delegation", "model", "key", "project"] as const;
export type UsageBy = (typeof USAGE_BY)[number];

export interface UsageRow extends Totals {
  /** Name of the client, delegation or model, or the id of the key or project; null for calls about none. */
  name: string | null;
}

export interface UsageQuery extends Period {
  by: UsageBy;
  client?: string;
  delegation?: string;
  model?: string;
  key?: string;
  project?: string;
}

export interface UsageReport extends Period {
  by: UsageBy;
  totals: Totals;
  /** Highest cost first, then most calls. */
  rows: UsageRow[];
  /** Milliseconds of one point. */
  intervalMs: number;
  series: Point[];
}

export interface Overview extends Period {
  totals: Totals;
  /** Of the period before, as long as this one. */
  before: Totals;
  intervalMs: number;
  series: Point[];
  /** At most five each. */
  clients: UsageRow[];
  models: UsageRow[];
  delegations: UsageRow[];
  /** How calls ended, most first. */
  outcomes: { outcome: CallResult; calls: number }[];
  /** Signet's and Bedrock's error codes, most first, at most ten. */
  errors: { error: string; calls: number }[];
}

/** One ended or refused call. Without content, which only the log has. */
export type IndexedCall = Omit<Call, "content">;

export interface CallQuery extends Partial<Period> {
  client?: string;
  delegation?: string;
  model?: string;
  key?: string;
  outcome?: CallResult;
  /**
   * The beginning of the call's id or of Bedrock's request id, or a part of another name: the client, delegation, key,
   * model, error or the caller's address. Any text, taken literally; names in any case.
   */
  text?: string;
  /** 1–200. */
  limit: number;
  /** From an earlier answer. */
  cursor?: string;
}

export interface CallPage {
  /** The latest first. */
  calls: IndexedCall[];
  /** Null on the last page. */
  next: string | null;
}

export interface ChangeQuery {
  /** Epoch milliseconds, by when it was made. */
  since?: number;
  /** `delegation/acme`. */
  subject?: string;
  /** 1–200. */
  limit: number;
  cursor?: string;
}

export interface ChangePage {
  /** The latest first. */
  changes: RecordedChange[];
  next: string | null;
}

export interface InsightState {
  /** Records of the log in the index. */
  indexedRecords: number;
  /** Calls in the index. */
  calls: number;
  /** Milliseconds since the log's end was last reached; null while the log is being read for the first time. */
  behindMs: number | null;
}

/** Queries run on their own thread, so that none delays a call. All reject with InsightError. */
export interface Insight {
  overview(period: Period): Promise<Overview>;
  usage(query: UsageQuery): Promise<UsageReport>;
  calls(query: CallQuery): Promise<CallPage>;
  changes(query: ChangeQuery): Promise<ChangePage>;
  /** What was spent in the period, for every scope and name. Resolves once everything now in the log is in the index. */
  spent(period: Period): Promise<HolderUsage[]>;
  state(): Promise<InsightState>;
  /** Calls `onCall` with each call as it is indexed, from now on. */
  follow(onCall: (call: IndexedCall) => void): { stop(): void };
  close(): Promise<void>;
}
