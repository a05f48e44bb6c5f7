/**
 * The audit log as the rest of Signet sees it: what a record holds, and what the writer promises.
 * docs/audit.md describes the same records for the people who read the log.
 */
import type { Change } from "../core/change.ts";
import type { Clock } from "../core/clock.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Link } from "./chain.ts";

/** What is about to be asked of Bedrock, for whom. Made durable before the first byte of the answer is relayed. */
export interface Intent {
  /** The request id: the caller sees it as `x-signet-request-id`, and both records of a call carry it. */
  call: string;
  client: string;
  /** The key's public id. */
  key: string;
  delegation: string;
  protocol: Protocol;
  /** Bedrock's name for the operation, e.g. `ConverseStream`. */
  operation: string;
  /** The model as granted, null for operations without one. */
  model: string | null;
  modelArn: string | null;
  region: string;
  account: string;
  /** RoleSessionName, as CloudTrail shows it; null where the base credentials are used themselves. */
  sessionName: string | null;
  requestBytes: number;
  /** The peer's IP address. */
  remote: string;
  /** What was set aside of budgets until the outcome is known; absent where no limit applies. */
  reserved?: Reserved;
  /** The prompt. Only where the delegation's `recordContent` is on. */
  content?: unknown;
}

export interface Reserved {
  tokens: number;
  /** US dollars; null where the model's price is not known. */
  costUsd: number | null;
}

export const OUTCOMES = [
  "ok",
  "client_error",
  "upstream_error",
  "denied",
  "throttled",
  "truncated",
  "client_gone",
  "revoked",
  "gateway_error",
  "unknown",
] as const;

/** How a call ended. `unknown`: Signet stopped before it could tell. */
export type OutcomeKind = (typeof OUTCOMES)[number];

export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  /** `reported` by Bedrock, `estimated` by Signet where the counts never came, or `none`. */
  source: "reported" | "estimated" | "none";
}

/** How the call ended. Every intent gets exactly one. */
export interface Outcome {
  call: string;
  outcome: OutcomeKind;
  /** HTTP status sent to the caller, null when none was. */
  status: number | null;
  upstreamStatus: number | null;
  /** Bedrock's `x-amzn-RequestId`: joins this log with CloudTrail. */
  upstreamRequestId: string | null;
  /** Bedrock's exception name, e.g. `ThrottlingException`. */
  upstreamErrorType: string | null;
  /** Signet's own error code. */
  error: ErrorCode | null;
  usage: Usage;
  /** US dollars by the price table of that version; null where there was no usage or the price is not known. */
  cost: { usd: number; prices: string } | null;
  /** Milliseconds from the request's arrival to the first byte relayed. */
  firstByteMs: number | null;
  totalMs: number | null;
  responseBytes: number;
  /** Requests sent to Bedrock, 1 unless it was retried. */
  attempts: number;
  /** The completion. Only where the delegation's `recordContent` is on. */
  content?: unknown;
}

/** A call by a known key that was turned away before anything was sent to AWS. It stands alone: no intent, no outcome. */
export interface Refusal {
  call: string;
  client: string;
  key: string;
  delegation: string;
  protocol: Protocol;
  operation: string | null;
  model: string | null;
  region: string | null;
  status: number;
  error: ErrorCode;
  remote: string;
}

/** The two moments of an intent. Both reject with SignetError `audit_unavailable`; neither needs a handler. */
export interface Receipt {
  /** The record has been handed to the kernel, so it outlives this process. Send nothing upstream before. */
  written: Promise<void>;
  /** The record is on disk (fdatasync), so it outlives the machine. Relay nothing to the caller before. */
  durable: Promise<void>;
}

export interface AuditStats {
  /** Records written since the start, chain records included. */
  records: number;
  /** write(2) batches. */
  writes: number;
  /** fdatasync calls on segments. */
  syncs: number;
  /** Calls with an intent and no outcome yet. */
  open: number;
}

export interface Audit {
  /** Records that a call is about to be sent. Throws SignetError `audit_unavailable` while the log can't be written. */
  intent(record: Intent): Receipt;
  /** Records how the call ended. Never throws; trouble goes to `onTrouble`, and a restart then closes the call as `unknown`. */
  outcome(record: Outcome): void;
  /** Records a call turned away before it was sent. Never throws; while the log can't be written it's counted only. */
  refusal(record: Refusal): void;
  /**
   * Records a change to a delegation, client or key. Resolves once it is on disk; rejects with SignetError
   * `audit_unavailable`. A change that was given twice is recorded twice, under its one id.
   */
  change(record: Change): Promise<void>;
  /** Records how far the chains of workers have come. Never throws. */
  chains(heads: ChainHead[]): void;
  /** The chain's last record. */
  head(): Link;
  /** False while the log can't be written: answer 503 `audit_unavailable` and send nothing. */
  available(): boolean;
  stats(): AuditStats;
  /** Writes what is pending, `stop` and a last checkpoint, syncs and gives the folder free. Later intents throw. */
  close(): Promise<void>;
}

export interface ChainHead extends Link {
  name: string;
}

export interface AuditOptions {
  /** The log's folder, made if missing (mode 0700). One writer at a time. */
  dir: string;
  /** PEM file of the Ed25519 key that signs checkpoints, made if missing (mode 0600). Default: `audit-signing.pem` beside `dir`. */
  signingKey?: string;
  /** A segment that has reached this size is closed and the next begun. */
  segmentBytes: number;
  /** A checkpoint is signed after this many records … */
  checkpointRecords: number;
  /** … or this many seconds after the first record that none covers yet. */
  checkpointSeconds: number;
  /** Disk space held back for the outcomes of running calls once the disk is full. */
  reserveBytes: number;
  clock: Clock;
  /** Signet's version, for the `start` record. */
  version: string;
  /** Told once when the log stops being writable and of each record that is lost; for the operator's log. */
  onTrouble(error: Error): void;
}

export const AUDIT_DEFAULTS = {
  segmentBytes: 64 * 1024 * 1024,
  checkpointRecords: 1000,
  checkpointSeconds: 60,
  reserveBytes: 4 * 1024 * 1024,
} as const;
