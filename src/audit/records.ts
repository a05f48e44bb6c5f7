/**
 * The log's records: those of calls, and the chain's own. Each is built field by field, so that lines have a fixed key
 * order and never hold an extra property of the object that was passed in.
 */
import type { Change } from "../core/change.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";

interface Stored {
  seq: number;
  /** ISO 8601, UTC, by this machine's clock. */
  time: string;
  hash: string;
}

export type IntentRecord = Stored & { type: "intent" } & Intent;
export type OutcomeRecord = Stored & { type: "outcome" } & Outcome;
export type RefusalRecord = Stored & { type: "refusal" } & Refusal;

/** `at`: when the change was made, possibly long before it was recorded. ISO 8601, UTC. */
export type ChangeFields = Omit<Change, "at"> & { at: string };
export type ChangeRecord = Stored & { type: "change" } & ChangeFields;

/** Starts each segment, so that it can be read and checked without the previous one. */
export interface OpenFields {
  /** Hash of the record before. */
  previous: string;
  /** Calls with an intent in earlier segments and no outcome there. */
  calls: string[];
}
export type OpenRecord = Stored & { type: "open" } & OpenFields;

/** A writer started, and what it found. */
export interface StartFields {
  version: string;
  /** A random id of this run. */
  writer: string;
  /** Bytes of a dropped incomplete final line that was never acknowledged. */
  tornBytes: number;
  /** Lines at the log's end that were altered. They are left unchanged. */
  damagedLines: number;
  /** Records that a signed checkpoint proves and the log no longer holds. */
  lostRecords: number;
  /** Calls without an outcome, closed as `unknown` by the records that follow. */
  orphans: number;
}
export type StartRecord = Stored & { type: "start" } & StartFields;

/** The log could not be written for a while and now can. */
export interface GapFields {
  since: string;
  reason: string;
  /** Calls that were refused with `audit_unavailable`. */
  refusedCalls: number;
  /** Refusals (of other kinds) that weren't recorded. */
  droppedRefusals: number;
}
export type GapRecord = Stored & { type: "gap" } & GapFields;

/** Signs the chain up to the record before. */
export interface CheckpointFields {
  record: number;
  recordHash: string;
  /** The first 16 hex digits of the SHA-256 of the public key (DER, SPKI). */
  keyId: string;
  /** Ed25519, base64, over `checkpointMessage`. */
  signature: string;
}
export type CheckpointRecord = Stored & { type: "checkpoint" } & CheckpointFields;

/**
 * In the main chain: how far the workers' chains had come. Proves that a chain existed, and what it held, even if its
 * whole folder is gone.
 */
export interface ChainsFields {
  chains: { name: string; record: number; recordHash: string }[];
}
export type ChainsRecord = Stored & { type: "chains" } & ChainsFields;

/** A writer ended normally. */
export type StopRecord = Stored & { type: "stop"; writer: string };

export type StoredRecord =
  | IntentRecord
  | OutcomeRecord
  | RefusalRecord
  | ChangeRecord
  | OpenRecord
  | StartRecord
  | GapRecord
  | CheckpointRecord
  | ChainsRecord
  | StopRecord;

/** A line has each field of its record and no other: this object is the format on disk. */
type Line<T> = { [K in keyof Required<T>]: T[K] | undefined } & { type: string; time: string };

/**
 * The fields of a record as a JSON object, `type` first, ready to be sealed. Written out, because deriving it from the
 * table of fields takes up to twice as long.
 */
export function intentFields(time: string, r: Intent): string {
  return JSON.stringify({
    type: "intent",
    call: r.call,
    time,
    client: r.client,
    key: r.key,
    delegation: r.delegation,
    protocol: r.protocol,
    operation: r.operation,
    model: r.model,
    modelArn: r.modelArn,
    region: r.region,
    account: r.account,
    project: r.project,
    sessionName: r.sessionName,
    requestBytes: r.requestBytes,
    remote: r.remote,
    reserved: r.reserved,
    content: r.content,
  } satisfies Line<Intent>);
}

export function outcomeFields(time: string, r: Outcome): string {
  return JSON.stringify({
    type: "outcome",
    call: r.call,
    time,
    outcome: r.outcome,
    status: r.status,
    upstreamStatus: r.upstreamStatus,
    upstreamRequestId: r.upstreamRequestId,
    upstreamErrorType: r.upstreamErrorType,
    error: r.error,
    usage: {
      inputTokens: r.usage.inputTokens,
      outputTokens: r.usage.outputTokens,
      cacheReadInputTokens: r.usage.cacheReadInputTokens,
      cacheWriteInputTokens: r.usage.cacheWriteInputTokens,
      cacheWrite1hInputTokens: r.usage.cacheWrite1hInputTokens,
      source: r.usage.source,
    },
    cost: r.cost,
    firstByteMs: r.firstByteMs,
    totalMs: r.totalMs,
    responseBytes: r.responseBytes,
    attempts: r.attempts,
    content: r.content,
  } satisfies Line<Outcome>);
}

export function refusalFields(time: string, r: Refusal): string {
  return JSON.stringify({
    type: "refusal",
    call: r.call,
    time,
    client: r.client,
    key: r.key,
    delegation: r.delegation,
    protocol: r.protocol,
    operation: r.operation,
    model: r.model,
    region: r.region,
    status: r.status,
    error: r.error,
    remote: r.remote,
  } satisfies Line<Refusal>);
}

export function changeFields(time: string, r: Change): string {
  return JSON.stringify({
    type: "change",
    time,
    id: r.id,
    at: new Date(r.at).toISOString(),
    actor: r.actor,
    action: r.action,
    subject: r.subject,
    before: r.before,
    after: r.after,
    reason: r.reason,
  });
}

/** The outcome recorded for a call whose end is unknown. */
export function unknownOutcome(call: string): Outcome {
  return {
    call,
    outcome: "unknown",
    status: null,
    upstreamStatus: null,
    upstreamRequestId: null,
    upstreamErrorType: null,
    error: null,
    usage: {
      inputTokens: 0,
      outputTokens: 0,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
      cacheWrite1hInputTokens: null,
      source: "none",
    },
    cost: null,
    firstByteMs: null,
    totalMs: null,
    responseBytes: 0,
    attempts: 0,
  };
}

export function openFields(time: string, r: OpenFields): string {
  return JSON.stringify({ type: "open", time, previous: r.previous, calls: r.calls });
}

export function startFields(time: string, r: StartFields): string {
  return JSON.stringify({
    type: "start",
    time,
    version: r.version,
    writer: r.writer,
    tornBytes: r.tornBytes,
    damagedLines: r.damagedLines,
    lostRecords: r.lostRecords,
    orphans: r.orphans,
  });
}

export function gapFields(time: string, r: GapFields): string {
  return JSON.stringify({
    type: "gap",
    time,
    since: r.since,
    reason: r.reason,
    refusedCalls: r.refusedCalls,
    droppedRefusals: r.droppedRefusals,
  });
}

export function checkpointFields(time: string, r: CheckpointFields): string {
  return JSON.stringify({
    type: "checkpoint",
    time,
    record: r.record,
    recordHash: r.recordHash,
    keyId: r.keyId,
    signature: r.signature,
  });
}

export function chainsFields(time: string, r: ChainsFields): string {
  const chains = r.chains.map(({ name, record, recordHash }) => ({ name, record, recordHash }));
  return JSON.stringify({ type: "chains", time, chains });
}

export function stopFields(time: string, writer: string): string {
  return JSON.stringify({ type: "stop", time, writer });
}

/** A line as a record; undefined if it isn't JSON. Doesn't verify it. */
export function parseRecord(text: string): StoredRecord | undefined {
  try {
    return JSON.parse(text) as StoredRecord;
  } catch {
    return undefined;
  }
}
