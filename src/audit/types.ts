/** The audit log's interface for the rest of Signet. The fields of records are in call-record.ts. */
import type { Change } from "../core/change.ts";
import type { Clock } from "../core/clock.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";
import type { Link } from "./chain.ts";

/** The two moments of an intent. Both reject with SignetError `audit_unavailable`; neither needs a handler. */
export interface Receipt {
  /** The record has been handed to the kernel, so it survives this process. Send nothing upstream before that. */
  written: Promise<void>;
  /** The record is on disk (fdatasync), so it survives a power cut. Relay nothing to the caller before that. */
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
  /** Records how the call ended. Never throws; errors go to `onTrouble`, and a restart closes the call as `unknown`. */
  outcome(record: Outcome): void;
  /** Records a call refused before it was sent. Never throws; while the log can't be written it is only counted. */
  refusal(record: Refusal): void;
  /**
   * Records a change to a delegation, client or key. Resolves once it is on disk; rejects with SignetError
   * `audit_unavailable`. A change passed twice is recorded twice, with the same id.
   */
  change(record: Change): Promise<void>;
  /** Records how far the chains of workers have come. Never throws. */
  chains(heads: ChainHead[]): void;
  /** The chain's last record. */
  head(): Link;
  /** False while the log can't be written: answer 503 `audit_unavailable` and send nothing. */
  available(): boolean;
  stats(): AuditStats;
  /** Writes what is pending, `stop` and a last checkpoint, syncs and unlocks the folder. Later intents throw. */
  close(): Promise<void>;
}

export interface ChainHead extends Link {
  name: string;
}

export interface AuditOptions {
  /** The log's folder, created if missing (mode 0700). One writer at a time. */
  dir: string;
  /**
   * PEM file of the Ed25519 key that signs checkpoints, created if missing (mode 0600). Default: `audit-signing.pem`
   * beside `dir`.
   */
  signingKey?: string;
  /** A segment that has reached this size is closed and the next one started. */
  segmentBytes: number;
  /** A checkpoint is signed after this many records … */
  checkpointRecords: number;
  /** … or this many seconds after the first record that no checkpoint covers yet. */
  checkpointSeconds: number;
  /** Disk space held back for the outcomes of running calls once the disk is full. */
  reserveBytes: number;
  clock: Clock;
  /** Signet's version, for the `start` record. */
  version: string;
  /** Called once when the log stops being writable, and for each lost record; for the operator's log. */
  onTrouble(error: Error): void;
}

export const AUDIT_DEFAULTS = {
  segmentBytes: 64 * 1024 * 1024,
  checkpointRecords: 1000,
  checkpointSeconds: 60,
  reserveBytes: 4 * 1024 * 1024,
} as const;
