/** The embedded store: one SQLite file, readable by its owner only, shared by the processes of one machine. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { nodeSqliteDialect, translated } from "./node-sqlite-dialect.ts";
import type { Database } from "./schema.ts";
import { migrate } from "./sqlite-migrate.ts";
import { watchSqlite } from "./sqlite-watch.ts";
import { StoreError, type Store } from "./store.ts";
import type { Write } from "./write.ts";
import { changesAfter, nextRevision, tablesOn } from "./tables.ts";

const BUSY_MS = 5_000;

export interface SqliteOptions {
  /** Reject with `missing` instead of making a new store. */
  mustExist?: boolean;
}

/**
 * Opens the store in `file`, creating it and its folder if needed. Rejects with StoreError `missing`, `foreign`,
 * `newer` or `unavailable`.
 */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  if (options.mustExist && !existsSync(file)) throw new StoreError("missing", `no store exists at ${file}`);
  const database = openDatabase(file);
  const db = new Kysely<Database>({ dialect: nodeSqliteDialect(database) });

  const write: Write = (work) =>
    db.transaction().execute(async (trx) => {
      const revision = await nextRevision(trx);
      return work(trx, revision);
    });
  return {
    ...tablesOn(db, write),
    transaction: (work) => write((trx, revision) => work(tablesOn(trx, (nested) => nested(trx, revision)))),
    changesSince: (revision) => db.transaction().execute((trx) => changesAfter(trx, revision)),
    watch: (clock, onChange, onError) => watchSqlite(file, clock, onChange, onError),
    // Kysely only closes what it has used, and SQLite's close is idempotent here.
    async close() {
      await db.destroy();
      if (database.isOpen) database.close();
    },
  };
}

function openDatabase(file: string): DatabaseSync {
  prepareFile(file);
  const database = translated(() => new DatabaseSync(file, { timeout: BUSY_MS }));
  try {
    translated(() => {
      migrate(database);
      // FULL: a commit that was reported survives a power cut. Foreign keys are on by node:sqlite's default.
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
    });
    return database;
  } catch (error) {
    database.close();
    throw error instanceof StoreError
      ? new StoreError(error.code, `${file}: ${error.message}`, { cause: error })
      : error;
  }
}

/**
 * SQLite gives its side files (`-wal`, `-shm`) the mode of the main file, so that is created first. An existing file is
 * not opened here: closing it would drop the locks of this process's other connections. Source:
 * https://sqlite.org/howtocorrupt.html (2.2)
 */
function prepareFile(file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown error";
    throw new StoreError("unavailable", `the store can't be opened: ${reason}`, { cause });
  }
}
