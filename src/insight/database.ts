/** The index's file: made, checked and, where it isn't of this log or this version, made anew. It is derived: nothing is lost. */
import { chmodSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { addPacked, packed, type Histogram } from "./histogram.ts";

/** Raised with each change of the tables: an older index is made anew. */
const VERSION = 1;

const TABLES = `
  CREATE TABLE progress (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    log      TEXT NOT NULL,
    record   INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE call (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    call       TEXT NOT NULL,
    upstream   TEXT,
    client     INTEGER NOT NULL,
    key        INTEGER NOT NULL,
    delegation INTEGER NOT NULL,
    model      INTEGER,
    outcome    INTEGER NOT NULL,
    error      INTEGER,
    remote     INTEGER NOT NULL,
    rest       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX call_at ON call (at);
  CREATE INDEX call_call ON call (call);
  CREATE INDEX call_upstream ON call (upstream) WHERE upstream IS NOT NULL;
  CREATE INDEX call_client ON call (client, at);
  CREATE INDEX call_key ON call (key, at);
  CREATE INDEX call_delegation ON call (delegation, at);
  CREATE INDEX call_model ON call (model, at);
  CREATE INDEX call_outcome ON call (outcome, at);
  CREATE INDEX call_error ON call (error, at) WHERE error IS NOT NULL;
  CREATE INDEX call_remote ON call (remote, at);

  CREATE TABLE running (call TEXT PRIMARY KEY, intent TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE change (
    seq     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    at      INTEGER NOT NULL,
    subject TEXT NOT NULL,
    content TEXT NOT NULL
  ) STRICT;
  CREATE INDEX change_subject ON change (subject, seq);

  CREATE TABLE usage (
    level       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    client      INTEGER NOT NULL,
    delegation  INTEGER NOT NULL,
    key         INTEGER NOT NULL,
    model       INTEGER NOT NULL,
    outcome     INTEGER NOT NULL,
    error       INTEGER NOT NULL,
    calls       INTEGER NOT NULL,
    input       INTEGER NOT NULL,
    output      INTEGER NOT NULL,
    cache_read  INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    nanos       INTEGER NOT NULL,
    unpriced    INTEGER NOT NULL,
    spent       INTEGER NOT NULL,
    spent_nanos INTEGER NOT NULL,
    first_byte  BLOB NOT NULL,
    total       BLOB NOT NULL,
    PRIMARY KEY (level, at, client, delegation, key, model, outcome, error)
  ) STRICT, WITHOUT ROWID;
`;

/** Opens the index of the log that `log` names (`logIdentity`). */
export function openIndex(file: string, log: string): DatabaseSync {
  const known = opened(file, log);
  if (known) return known;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  const database = prepared(file);
  database.exec(`BEGIN; ${TABLES}; PRAGMA user_version = ${VERSION}`);
  database.prepare("INSERT INTO progress VALUES (1, ?, 0)").run(log);
  database.exec("COMMIT");
  return database;
}

/** Undefined where the file is missing, damaged, of another version or of another log. */
function opened(file: string, log: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = prepared(file);
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version === VERSION && database.prepare("SELECT log FROM progress").get()?.["log"] === log)
      return database;
  } catch {
    // Damaged: made anew.
  }
  database?.close();
  return undefined;
}

function prepared(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  chmodSync(file, 0o600);
  // NORMAL: after a power cut the last batches are read from the log again.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF");
  database.function("merged", { deterministic: true }, (a, b) => merged(a, b));
  return database;
}

function merged(a: unknown, b: unknown): Uint8Array {
  const histogram: Histogram = new Map();
  if (a instanceof Uint8Array) addPacked(histogram, a);
  if (b instanceof Uint8Array) addPacked(histogram, b);
  return packed(histogram);
}
