/** The index as its thread holds it: the tables, the names in memory, and the calls that are about to be written. */
import type { DatabaseSync } from "node:sqlite";
import type { ChangeRecord } from "../audit/records.ts";
import { DamageError, deleteDatabase, isDamage, openDatabase } from "./database.ts";
import { isSoundChange, prepareChanges } from "./changes.ts";
import { openDictionary } from "./dictionary.ts";
import { DAY, HOUR } from "./intervals.ts";
import type { Batch, Place } from "./log-reader.ts";
import { openParties } from "./parties.ts";
import { openRemotes } from "./remotes.ts";
import { ORIGIN_COLUMNS } from "./rows.ts";
import { openRunning } from "./running.ts";
import type { IndexedCall } from "./types.ts";
import { prepareWrite } from "./writes.ts";
import type { NameTables } from "./writes.ts";

const MINUTES_KEPT_MS = 2 * DAY;

export interface CallIndex extends NameTables {
  readonly database: DatabaseSync;
  /** How far the log has been read: what is held is before it. */
  place(): Place;
  /** Sums by minute exist from here on, epoch milliseconds. */
  minutesFrom(): number;
  /** Calls in the tables. */
  calls(): number;
  /** Holds the batch for the next `flush`; returns how many calls are held. */
  take(batch: Batch): number;
  /**
   * Writes what is held in one transaction and returns it. Throws SQLite's error, and then the index has to be opened
   * anew: what it holds in memory may not be what is in the file.
   */
  flush(): IndexedCall[];
  close(): void;
}

/**
 * Opens the index, or makes it anew where it is damaged. Throws SQLite's or the system's error where the file can't be
 * made or another process uses it.
 */
export function openCallIndex(file: string): CallIndex {
  try {
    return openFile(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    deleteDatabase(file);
    return openFile(file);
  }
}

function openFile(file: string): CallIndex {
  const database = openDatabase(file);
  try {
    return callIndexOn(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Held {
  calls: IndexedCall[];
  changes: ChangeRecord[];
  place: Place;
}

function callIndexOn(database: DatabaseSync): CallIndex {
  const names = {
    parties: openParties(database),
    origins: openDictionary(database, "origin", ORIGIN_COLUMNS),
    remotes: openRemotes(database),
  };
  const write = prepareWrite(database, names);
  const writeChanges = prepareChanges(database);
  const running = openRunning(database);
  const found = database.prepare("SELECT segment, offset, record, hash, minutes_from FROM place").get() as
    | (Place & { minutes_from: number })
    | undefined;
  if (!found) throw new DamageError("the index has no place");
  let { minutes_from: minutesFrom, ...place } = found;
  let calls = countCalls(database);
  let held: Held = { calls: [], changes: [], place };

  return {
    database,
    ...names,
    place: () => held.place,
    minutesFrom: () => minutesFrom,
    calls: () => calls,
    take(batch) {
      for (const record of batch.records) {
        const call = running.join(record);
        if (call) held.calls.push(call);
        if (record.type === "change" && isSoundChange(record)) held.changes.push(record);
      }
      held.place = batch.place;
      return held.calls.length;
    },
    flush() {
      const written = held;
      if (written.place.record === place.record && written.place.offset === place.offset) return [];
      // By this machine's clock, too: of a log that is read from its beginning, few minutes need to be kept.
      const latest = written.calls.reduce((max, { time }) => Math.max(max, Date.parse(time)), Date.now());
      const from = Math.floor((latest - MINUTES_KEPT_MS) / HOUR) * HOUR;
      transact(database, () => {
        if (from > minutesFrom) minutesFrom = from;
        write(written.calls, written.place, minutesFrom);
        writeChanges(written.changes);
        running.save();
      });
      place = written.place;
      calls += written.calls.length;
      held = { calls: [], changes: [], place };
      return written.calls;
    },
    close: () => database.close(),
  };
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
