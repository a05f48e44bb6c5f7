/** Writes the log's records into the index: one row a call, and what adds up of it. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CallJoiner } from "../audit/calls.ts";
import type { ChangeRecord, IntentRecord, StoredRecord } from "../audit/records.ts";
import { countIn, packed, type Histogram } from "./histogram.ts";
import { LEVELS } from "./levels.ts";
import type { IndexedCall } from "./types.ts";

/** Sums of one interval and one combination of names, until they are written. */
interface Sums {
  keys: number[];
  calls: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  nanos: number;
  unpriced: number;
  spent: number;
  spentNanos: number;
  firstByte: Histogram;
  total: Histogram;
}

/** No name has this id: it stands for none. */
export const NONE = 0;
const NANOS = 1e9;
const PRUNE_EVERY_MS = 3_600_000;

export class Indexer {
  /** Number of the last record that is in the index. */
  record: number;
  readonly #database: DatabaseSync;
  readonly #joiner = new CallJoiner();
  readonly #names = new Map<string, number>();
  readonly #sums = new Map<string, Sums>();
  readonly #statements: Record<
    "name" | "call" | "running" | "ended" | "change" | "usage" | "progress",
    StatementSync
  >;
  #calls: IndexedCall[] = [];
  #dirty = false;
  #prunedAt = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.record = Number(database.prepare("SELECT record FROM progress").get()?.["record"] ?? 0);
    this.#statements = {
      name: database.prepare("INSERT INTO name (text) VALUES (?) RETURNING id"),
      call: database.prepare("INSERT OR REPLACE INTO call VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      running: database.prepare("INSERT OR REPLACE INTO running VALUES (?, ?)"),
      ended: database.prepare("DELETE FROM running WHERE call = ?"),
      change: database.prepare("INSERT OR IGNORE INTO change VALUES (?, ?, ?, ?, ?)"),
      usage: database.prepare(UPSERT),
      progress: database.prepare("UPDATE progress SET record = ?"),
    };
    for (const { id, text } of database.prepare("SELECT id, text FROM name").all())
      this.#names.set(String(text), Number(id));
    for (const { intent } of database.prepare("SELECT intent FROM running").all())
      this.#joiner.take(JSON.parse(String(intent)) as IntentRecord);
  }

  /** Takes a record; those that are in the index already are passed over. */
  take(record: StoredRecord): void {
    if (record.seq <= this.record) return;
    if (!this.#dirty) this.#database.exec("BEGIN");
    this.#dirty = true;
    this.record = record.seq;
    if (record.type === "intent") this.#begin(record);
    else if (record.type === "change") this.#change(record);
    const call = this.#joiner.take(record);
    if (!call) return;
    const { content: _content, ...indexed } = call;
    this.#statements.ended.run(call.call);
    this.#add(indexed);
    this.#calls.push(indexed);
  }

  /** Commits what was taken; gives the calls among it. */
  flush(now: number): IndexedCall[] {
    if (!this.#dirty) return [];
    for (const sums of this.#sums.values()) this.#statements.usage.run(...rowOf(sums));
    this.#sums.clear();
    this.#statements.progress.run(this.record);
    this.#prune(now);
    this.#database.exec("COMMIT");
    this.#dirty = false;
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  #begin({ content: _content, ...intent }: IntentRecord): void {
    this.#statements.running.run(intent.call, JSON.stringify(intent));
  }

  #change({ hash: _hash, type: _type, time: _time, ...change }: ChangeRecord): void {
    const { seq, id, at, subject } = change;
    this.#statements.change.run(seq, id, Date.parse(at), subject, JSON.stringify(change));
  }

  #add(call: IndexedCall): void {
    const at = Date.parse(call.time);
    const { call: id, upstreamRequestId, client, key, delegation, model, outcome, remote, ...rest } = call;
    const error = call.error ?? call.upstreamErrorType;
    const ids = {
      client: this.#idOf(client),
      key: this.#idOf(key),
      delegation: this.#idOf(delegation),
      model: model === null ? null : this.#idOf(model),
      outcome: this.#idOf(outcome),
      error: error === null || error === "" ? null : this.#idOf(error),
    };
    this.#statements.call.run(
      call.records.at(-1) ?? 0,
      at,
      id,
      upstreamRequestId,
      ids.client,
      ids.key,
      ids.delegation,
      ids.model,
      ids.outcome,
      ids.error,
      this.#idOf(remote),
      JSON.stringify(rest),
    );
    for (const { ms } of LEVELS) {
      const start = Math.floor(at / ms) * ms;
      const keys = [
        ms,
        start,
        ids.client,
        ids.delegation,
        ids.key,
        ids.model ?? NONE,
        ids.outcome,
        ids.error ?? NONE,
      ];
      addTo(this.#sumsOf(keys), call);
    }
  }

  #sumsOf(keys: number[]): Sums {
    const id = keys.join(" ");
    const known = this.#sums.get(id) ?? { ...emptySums(), keys };
    this.#sums.set(id, known);
    return known;
  }

  #idOf(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const id = Number(this.#statements.name.get(text)?.["id"]);
    this.#names.set(text, id);
    return id;
  }

  #prune(now: number): void {
    if (now < this.#prunedAt + PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    const statement = this.#database.prepare("DELETE FROM usage WHERE level = ? AND at < ?");
    for (const { ms, keptMs } of LEVELS) if (keptMs !== undefined) statement.run(ms, now - keptMs);
  }
}

const UPSERT = `
  INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET
    calls = calls + excluded.calls, input = input + excluded.input, output = output + excluded.output,
    cache_read = cache_read + excluded.cache_read, cache_write = cache_write + excluded.cache_write,
    nanos = nanos + excluded.nanos, unpriced = unpriced + excluded.unpriced, spent = spent + excluded.spent,
    spent_nanos = spent_nanos + excluded.spent_nanos,
    first_byte = merged(first_byte, excluded.first_byte), total = merged(total, excluded.total)`;

function emptySums(): Omit<Sums, "keys"> {
  return {
    calls: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    nanos: 0,
    unpriced: 0,
    spent: 0,
    spentNanos: 0,
    firstByte: new Map(),
    total: new Map(),
  };
}

function addTo(sums: Sums, { usage, costUsd, firstByteMs, totalMs, outcome, reserved }: IndexedCall): void {
  sums.calls++;
  const nanos = Math.round((costUsd ?? 0) * NANOS);
  if (usage) {
    sums.input += usage.inputTokens;
    sums.output += usage.outputTokens;
    sums.cacheRead += usage.cacheReadInputTokens;
    sums.cacheWrite += usage.cacheWriteInputTokens;
    if (usage.source !== "none" && costUsd === null) sums.unpriced++;
    sums.spent +=
      usage.inputTokens + usage.outputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens;
  }
  sums.nanos += nanos;
  sums.spentNanos += nanos;
  // Nobody knows how it ended: budgets count what was set aside for it.
  if (outcome === "unknown" && reserved) {
    sums.spent += reserved.tokens;
    sums.spentNanos += Math.round((reserved.costUsd ?? 0) * NANOS);
  }
  countIn(sums.firstByte, firstByteMs);
  countIn(sums.total, totalMs);
}

function rowOf(sums: Sums): (number | Uint8Array)[] {
  const { keys, calls, input, output, cacheRead, cacheWrite, nanos, unpriced, spent, spentNanos } = sums;
  const counts = [calls, input, output, cacheRead, cacheWrite, nanos, unpriced, spent, spentNanos];
  return [...keys, ...counts, packed(sums.firstByte), packed(sums.total)];
}
