/**
 * The writer's states: in `well` it accepts records; with the disk `full` it refuses new calls but records how running
 * ones end; once `broken` it writes nothing until a restart.
 */
import type { Timer } from "../core/clock.ts";
import type { Change } from "../core/change.ts";
import { SignetError } from "../core/errors.ts";
import { messageOf } from "../core/reason.ts";
import type { AppendFile } from "./append-file.ts";
import { isAwaited, newBatch, type Entry } from "./batch.ts";
import type { Link } from "./chain.ts";
import type { Signer } from "./checkpoint.ts";
import type { Journal } from "./journal.ts";
import {
  chainsFields,
  changeFields,
  gapFields,
  intentFields,
  openFields,
  outcomeFields,
  refusalFields,
  stopFields,
} from "./records.ts";
import { isDiskFull } from "./reserve.ts";
import type { Reserve } from "./reserve.ts";
import type { Intent, Outcome, Refusal } from "./call-record.ts";
import type { Audit, AuditOptions, AuditStats, ChainHead, Receipt } from "./types.ts";

/** How often files are checked, outcomes are synced and a full disk is retried, in milliseconds. */
const TICK_MS = 250;

const RETRY_AFTER_SECONDS = 5;

export interface RecorderOptions extends AuditOptions {
  /** This run's random id. */
  writer: string;
  journal: Journal;
  checkpoints: AppendFile;
  reserve: Reserve;
  signer: Signer;
  /** Releases the folder's lock. */
  unlock: () => void;
}

export class Recorder implements Audit {
  readonly #options: RecorderOptions;
  readonly #journal: Journal;
  readonly #open = new Set<string>();
  readonly #timer: Timer;
  #state: "well" | "full" | "broken" | "closed" = "well";
  #batch = newBatch();
  #scheduled = false;
  /** The latest formatted time: many records share a millisecond. */
  #stamp = { now: Number.NaN, text: "" };
  #uncovered = { records: 0, since: 0 };
  /** Checkpoint lines that `checkpoints.jsonl` doesn't hold yet. */
  #unsaved: string[] = [];
  #saving = Promise.resolve();
  #closing: Promise<void> | undefined;
  #gap = { since: "", reason: "", refusedCalls: 0, droppedRefusals: 0 };

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#timer = options.clock.setInterval(() => this.#tick(), TICK_MS).unref();
  }

  intent(record: Intent): Receipt {
    if (this.#state !== "well") {
      this.#gap.refusedCalls += 1;
      throw unavailable(this.#gap.reason);
    }
    this.#add({ kind: "intent", call: record.call, fields: intentFields(this.#time(), record) });
    return { written: this.#batch.written.promise, durable: this.#batch.durable.promise };
  }

  outcome(record: Outcome): void {
    const entry: Entry = {
      kind: "outcome",
      call: record.call,
      fields: outcomeFields(this.#time(), record),
    };
    if (this.#state === "broken" || this.#state === "closed") this.#lose(entry);
    else this.#add(entry);
  }

  refusal(record: Refusal): void {
    if (this.#state === "well")
      this.#add({ kind: "other", call: record.call, fields: refusalFields(this.#time(), record) });
    else this.#gap.droppedRefusals += 1;
  }

  async change(record: Change): Promise<void> {
    if (this.#state !== "well") throw unavailable(this.#gap.reason);
    this.#add({ kind: "change", call: "", fields: changeFields(this.#time(), record) });
    await this.#batch.durable.promise;
  }

  chains(heads: ChainHead[]): void {
    if (this.#state !== "well" || heads.length === 0) return;
    const chains = heads.map(({ name, seq, hash }) => ({ name, record: seq, recordHash: hash }));
    this.#add({ kind: "other", call: "", fields: chainsFields(this.#time(), { chains }) });
  }

  head(): Link {
    return this.#journal.link;
  }

  available(): boolean {
    return this.#state === "well";
  }

  stats(): AuditStats {
    return { ...this.#journal.stats, open: this.#open.size };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#options.clock.clear(this.#timer);
    if (this.#state === "full") this.#endGap();
    this.#add({ kind: "other", call: "", fields: stopFields(this.#time(), this.#options.writer) });
    this.#flush();
    this.#attempt(() => this.#checkpoint());
    this.#state = "closed";
    await this.#commit().catch(() => {});
    await this.#saving;
    this.#journal.close();
    this.#options.checkpoints.close();
    this.#options.unlock();
  }

  #time(): string {
    const now = this.#options.clock.now();
    if (now !== this.#stamp.now) this.#stamp = { now, text: new Date(now).toISOString() };
    return this.#stamp.text;
  }

  #add(entry: Entry): void {
    this.#batch.entries.push(entry);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // At the end of this turn of the event loop, so that its records are written together.
    setImmediate(() => this.#flush());
  }

  /** Writes the records of this turn. */
  #flush(): void {
    this.#scheduled = false;
    if (this.#state === "broken" || this.#state === "closed" || this.#batch.entries.length === 0) return;
    if (!this.#journal.intact()) return this.#break(changedByOthers(this.#options.dir));
    const batch = this.#batch;
    try {
      this.#write(batch.entries);
    } catch (error) {
      return this.#trouble(error);
    }
    this.#batch = newBatch();
    batch.written.resolve();
    if (batch.entries.some(isAwaited)) this.#commit().then(batch.durable.resolve, batch.durable.reject);
  }

  /** Appends the entries after any records that the chain needs first. If it throws, no entry was written. */
  #write(entries: Entry[]): void {
    if (this.#journal.wantsRotation) {
      this.#checkpoint();
      this.#journal.rotate(
        openFields(this.#time(), { previous: this.#journal.link.hash, calls: [...this.#open] }),
      );
    } else if (this.#uncovered.records >= this.#options.checkpointRecords) {
      this.#checkpoint();
    }
    this.#journal.append(entries.map((entry) => entry.fields));
    if (this.#uncovered.records === 0) this.#uncovered.since = this.#options.clock.now();
    this.#uncovered.records += entries.length;
    for (const { kind, call } of entries) {
      if (kind === "intent") this.#open.add(call);
      if (kind === "outcome") this.#open.delete(call);
    }
  }

  #checkpoint(): void {
    if (this.#uncovered.records === 0) return;
    const fields = this.#options.signer(this.#journal.link, this.#time());
    this.#unsaved.push(this.#journal.append([fields]));
    this.#uncovered.records = 0;
  }

  /** Resolves once everything written before the call is on disk, in a file that is still the log's. */
  async #commit(): Promise<void> {
    const checkpoints = this.#unsaved.splice(0).join("");
    try {
      await this.#journal.commit();
      if (!this.#journal.intact()) throw changedByOthers(this.#options.dir);
    } catch (error) {
      this.#break(error);
      throw unavailable(error);
    }
    if (checkpoints === "") return;
    this.#saving = this.#saving.then(() => this.#saveCheckpoints(checkpoints));
    await this.#saving;
  }

  /** Checkpoints are saved only once the log holds what they sign; otherwise a crash would look like tampering. */
  async #saveCheckpoints(lines: string): Promise<void> {
    try {
      this.#options.checkpoints.append(lines);
      await this.#options.checkpoints.sync();
    } catch (error) {
      if (isDiskFull(error)) this.#unsaved.unshift(lines);
      this.#trouble(error);
    }
  }

  #tick(): void {
    if (this.#state === "broken" || this.#state === "closed") return;
    if (!this.#journal.intact() || !this.#options.checkpoints.intact())
      return this.#break(changedByOthers(this.#options.dir));
    if (this.#state === "full") this.#attempt(() => this.#recover());
    this.#flush();
    const age = this.#options.clock.now() - this.#uncovered.since;
    if (age >= this.#options.checkpointSeconds * 1000) this.#attempt(() => this.#checkpoint());
    if (this.#journal.dirty || this.#unsaved.length > 0) this.#commit().catch(() => {});
  }

  /** Returns to `well` once the reserve could be taken again. */
  #recover(): void {
    if (!this.#options.reserve.take()) return;
    this.#state = "well";
    this.#endGap();
  }

  #endGap(): void {
    this.#add({ kind: "other", call: "", fields: gapFields(this.#time(), this.#gap) });
    this.#gap = { since: "", reason: "", refusedCalls: 0, droppedRefusals: 0 };
  }

  #attempt(action: () => void): void {
    if (this.#state === "broken") return;
    try {
      action();
    } catch (error) {
      this.#trouble(error);
    }
  }

  #trouble(error: unknown): void {
    if (!isDiskFull(error)) return this.#break(error);
    this.#refuseIntents(error);
    if (this.#state !== "well") return;
    this.#state = "full";
    this.#gap.since = this.#time();
    this.#gap.reason = messageOf(error);
    this.#options.reserve.release();
    this.#options.onTrouble(unavailable(error));
    this.#flush();
  }

  /** Refuses waiting intents and changes; other waiting records are kept, to be written into the reserve. */
  #refuseIntents(error: unknown): void {
    const { entries, written, durable } = this.#batch;
    this.#batch = newBatch();
    this.#batch.entries = entries.filter((entry) => !isAwaited(entry));
    this.#gap.refusedCalls += entries.filter((entry) => entry.kind === "intent").length;
    written.reject(unavailable(error));
    durable.reject(unavailable(error));
  }

  #break(error: unknown): void {
    if (this.#state === "broken") return;
    this.#state = "broken";
    this.#gap.reason = messageOf(error);
    const { entries, written, durable } = this.#batch;
    this.#batch = newBatch();
    written.reject(unavailable(error));
    durable.reject(unavailable(error));
    this.#options.onTrouble(unavailable(error));
    for (const entry of entries) if (entry.kind === "outcome") this.#lose(entry);
  }

  #lose({ call }: Entry): void {
    this.#options.onTrouble(
      new SignetError("audit_unavailable", `The outcome of call ${call} could not be recorded.`),
    );
  }
}

function unavailable(cause: unknown): SignetError {
  return new SignetError("audit_unavailable", "Signet cannot record calls at the moment, so it sends none.", {
    retryAfter: RETRY_AFTER_SECONDS,
    cause,
  });
}

function changedByOthers(dir: string): Error {
  return new Error(`The audit log in ${dir} was removed, replaced or changed by someone else.`);
}
