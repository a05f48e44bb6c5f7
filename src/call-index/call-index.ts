/** The index in its thread: the tables, the names in memory, and the calls about to be written. */
import type { DatabaseSync } from "node:sqlite";
import type { ChangeRecord } from "../audit/records.ts";
import type { WallClock } from "../core/clock.ts";
import { DamageError, deleteDatabase, isDamage, openDatabase } from "./database.ts";
import { isSoundChange, prepareChanges } from "./changes.ts";
import { openDictionary } from "./dictionary.ts";
import { DAY, HOUR } from "./intervals.ts";
import { BEGINNING } from "./log-reader.ts";
import type { Batch, Place } from "./log-reader.ts";
import { openParties } from "./parties.ts";
import { openRemotes } from "./remotes.ts";
import { ORIGIN_COLUMNS } from "./columns.ts";
import { openRunning } from "./running.ts";
import type { IndexedCall } from "./types.ts";
import { prepareWrite } from "./writes.ts";
import type { NameTables } from "./writes.ts";

const MINUTES_KEPT_MS = 2 * DAY;

export interface CallIndex extends NameTables {
  readonly database: DatabaseSync;
  /** Names of the chains that have been read. */
  chains(): string[];
  /** How far the chain has been read, including held batches. */
  place(chain: string): Place;
  /** Records read, of all chains. */
  records(): number;
  /** Sums by minute exist from this time on, epoch milliseconds. */
  minutesFrom(): number;
  /** Calls in the tables. */
  calls(): number;
  /** Holds the batch for the next `flush`; returns how many calls are held. */
  take(batch: Batch): number;
  /**
   * Writes the held batches in one transaction and returns their calls. If it throws SQLite's error, the index must be
   * reopened: its memory may no longer match the file.
   */
  flush(): IndexedCall[];
  close(): void;
}

/**
 * Opens the index, or rebuilds it if it is damaged. Throws SQLite's or the system's error if the file can't be created
 * or another process uses it.
 */
export function openCallIndex(file: string, clock: WallClock): CallIndex {
  try {
    return openFile(file, clock);
  } catch (error) {
    if (!isDamage(error)) throw error;
    deleteDatabase(file);
    return openFile(file, clock);
  }
}

function openFile(file: string, clock: WallClock): CallIndex {
  const database = openDatabase(file);
  try {
    return callIndexOn(database, clock);
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Unwritten {
  calls: IndexedCall[];
  changes: ChangeRecord[];
  /** By the chain's name: those that have moved. */
  places: Map<string, Place>;
}

function callIndexOn(database: DatabaseSync, clock: WallClock): CallIndex {
  const names = {
    parties: openParties(database),
    origins: openDictionary(database, "origin", ORIGIN_COLUMNS),
    remotes: openRemotes(database),
  };
  const write = prepareWrite(database, names);
  const writeChanges = prepareChanges(database);
  const running = openRunning(database);
  const places = new Map<string, Place>();
  for (const row of database.prepare("SELECT chain, segment, offset, record, hash FROM place").iterate()) {
    const { chain, ...place } = row as unknown as Place & { chain: string };
    places.set(chain, place);
  }
  const minutes = database.prepare("SELECT since FROM minutes").get();
  if (!minutes) throw new DamageError("the index does not record from when on it has minutes");
  let minutesFrom = Number(minutes["since"]);
  let calls = countCalls(database);
  let held = nothing();

  return {
    database,
    ...names,
    chains: () => [...places.keys()],
    place: (chain) => held.places.get(chain) ?? places.get(chain) ?? BEGINNING,
    records: () => [...places.values()].reduce((sum, { record }) => sum + record, 0),
    minutesFrom: () => minutesFrom,
    calls: () => calls,
    take(batch) {
      for (const record of batch.records) {
        const call = running.join({ chain: batch.chain, record });
        if (call) held.calls.push(call);
        if (record.type === "change" && isSoundChange(record)) held.changes.push(record);
      }
      held.places.set(batch.chain, batch.place);
      return held.calls.length;
    },
    flush() {
      const written = held;
      if (written.places.size === 0) return [];
      // By the clock, too: when a log is read from its beginning, few minutes need to be kept.
      const latest = written.calls.reduce((max, { time }) => Math.max(max, Date.parse(time)), clock.now());
      const from = Math.floor((latest - MINUTES_KEPT_MS) / HOUR) * HOUR;
      transact(database, () => {
        if (from > minutesFrom) minutesFrom = from;
        write(written.calls, written.places, minutesFrom);
        writeChanges(written.changes);
        running.save();
      });
      for (const [chain, place] of written.places) places.set(chain, place);
      calls += written.calls.length;
      held = nothing();
      return written.calls;
    },
    close: () => database.close(),
  };
}

function nothing(): Unwritten {
  return { calls: [], changes: [], places: new Map() };
}

function transact(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function countCalls(database: DatabaseSync): number {
  const row = database
    .prepare(`SELECT sum(calls) AS calls FROM usage WHERE span = ${DAY} AND party < 0`)
    .get();
  return Number(row?.["calls"] ?? 0);
}
