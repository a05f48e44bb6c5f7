/** Opens the index's file, readable by its owner only. An unusable one is deleted and created again. */
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { addedUp } from "./histogram.ts";
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from "./schema.ts";

const CACHE_KIB = 64 * 1024;
/** Pages of the write-ahead log before a checkpoint; SQLite's default of 1000 would move most pages repeatedly. */
const CHECKPOINT_PAGES = 8000;
/** Source: https://sqlite.org/rescode.html */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Throws SQLite's or the system's error if the file can't be created or another process uses it. */
export function openDatabase(file: string): DatabaseSync {
  const found = openFound(file);
  if (found) return found;
  deleteDatabase(file);
  const database = open(file);
  try {
    database.exec(`BEGIN; ${SCHEMA}
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The file is intact, but its contents are inconsistent. */
export class DamageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DamageError";
  }
}

/** Whether the error means that the index is damaged and must be rebuilt. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  // The low byte is the primary code of an extended one.
  const code = ((error as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export function deleteDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) fs.rmSync(`${file}${suffix}`, { force: true });
}

/** Opens the existing file; undefined if it holds no index of this version. */
function openFound(file: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = open(file);
    if (
      pragma(database, "application_id") === APPLICATION_ID &&
      pragma(database, "user_version") === SCHEMA_VERSION
    )
      return database;
  } catch (error) {
    database?.close();
    if (isDamage(error)) return undefined;
    throw error;
  }
  database.close();
  return undefined;
}

function open(file: string): DatabaseSync {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.closeSync(fs.openSync(file, "a", 0o600));
  const database = new DatabaseSync(file);
  try {
    // Exclusive: if two processes indexed into one file, each would count the other's calls again. NORMAL: a power cut
    // may lose the latest transactions, which are then read from the log again.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF`);
    database.function("add_histograms", { deterministic: true }, (one, other) =>
      addedUp(one as Uint8Array | null, other as Uint8Array | null),
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}
