/**
 * The index's tables. Recurring names are stored once and referred to by number: `party` holds everything that calls are
 * counted and filtered by, `origin` the other recurring names, `remote` the callers' addresses.
 */
import { CALL_DEFINITIONS, ORIGIN_COLUMNS } from "./columns.ts";

/** Increased with every change of the tables or their content: an index of another version is rebuilt. */
export const SCHEMA_VERSION = 6;

/** "SGNI": distinguishes an index from other SQLite files. Source: https://sqlite.org/pragma.html#pragma_application_id */
export const APPLICATION_ID = 0x53_47_4e_49;

export const SCHEMA = `
  -- How far each chain is in the index: the segment's first record, the bytes read of it, the last record and its hash.
  CREATE TABLE place (
    chain TEXT PRIMARY KEY,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    record INTEGER NOT NULL,
    hash TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Sums by minute exist from here on.
  CREATE TABLE minutes (since INTEGER NOT NULL);
  INSERT INTO minutes VALUES (0);

  CREATE TABLE party (
    id INTEGER PRIMARY KEY,
    client TEXT, delegation TEXT, key TEXT, model TEXT, project TEXT, outcome TEXT, error TEXT, upstream_error TEXT
  );
  CREATE TABLE origin (
    id INTEGER PRIMARY KEY,
    ${ORIGIN_COLUMNS.map((column) => `${column} TEXT`).join()}
  );
  CREATE TABLE remote (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

  -- Times are epoch milliseconds of the call's arrival; record is the number of the call's first record.
  CREATE TABLE call (
    time INTEGER NOT NULL,
    record INTEGER NOT NULL,
    outcome_record INTEGER,
    party INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    remote INTEGER NOT NULL,
    ${CALL_DEFINITIONS.join()},
    PRIMARY KEY (time, record)
  ) WITHOUT ROWID;
  CREATE INDEX call_party ON call (party, time, record);
  CREATE INDEX call_remote ON call (remote, time, record, party);
  CREATE INDEX call_call ON call (call);
  CREATE INDEX call_upstream_request_id ON call (upstream_request_id) WHERE upstream_request_id IS NOT NULL;

  -- Intents without an outcome yet, with their chain, as JSON and without content.
  CREATE TABLE running (call TEXT PRIMARY KEY, intent TEXT NOT NULL) WITHOUT ROWID;

  -- In the order of their first records; records holds the numbers of all, change the rest as JSON.
  CREATE TABLE change (
    record INTEGER PRIMARY KEY,
    records TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    time INTEGER NOT NULL,
    subject TEXT NOT NULL,
    change TEXT NOT NULL
  );

  -- Sums by party, or by ending of all parties' calls (negative, see idOfAll), over spans of milliseconds that begin at a time; costs in nano-dollars, histograms as histogram.ts has them.
  CREATE TABLE usage (
    span INTEGER NOT NULL,
    time INTEGER NOT NULL,
    party INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    reserved_cost INTEGER NOT NULL,
    first_byte BLOB,
    total BLOB,
    PRIMARY KEY (span, time, party)
  ) WITHOUT ROWID;
`;
