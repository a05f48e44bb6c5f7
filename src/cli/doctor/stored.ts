/** The store, read without changing it: no upgrade, no change of its mode, no side files left behind. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Kysely } from "kysely";
import type { Delegation, Key } from "../../core/delegation.ts";
import { systemReasonOf } from "../../core/reason.ts";
import type { Verification } from "../../core/verification.ts";
import { MIGRATIONS } from "../../store/migrations/index.ts";
import { nodeSqliteDialect, translated } from "../../store/node-sqlite-dialect.ts";
import type { Database } from "../../store/schema.ts";
import { migrate } from "../../store/sqlite-migrate.ts";
import { StoreError } from "../../store/store.ts";
import { tablesOn } from "../../store/tables.ts";

export type Stored =
  | { state: "absent" }
  /** Its schema is an earlier one (0: it is empty): rows can't be read before it is upgraded. */
  | { state: "older"; schema: number }
  | { state: "damaged"; fault: string }
  | { state: "unusable"; reason: string; code: StoreError["code"] }
  | ({ state: "read"; schema: number } & Rows);

interface Rows {
  delegations: Delegation[];
  keys: Key[];
  /** The latest verification of each delegation that has one, by name. */
  latest: ReadonlyMap<string, Verification>;
  /** The latest one with every probe. */
  full: ReadonlyMap<string, Verification>;
}

const BUSY_MS = 1_000;
/** SQLite's primary result code of a damaged file. Source: https://sqlite.org/rescode.html */
const SQLITE_CORRUPT = 11;

/** Never rejects. */
export async function readStored(file: string): Promise<Stored> {
  if (!existsSync(file)) return { state: "absent" };
  let database: DatabaseSync | undefined;
  try {
    database = translated(() => openAsItIs(file));
    const seen = look(database);
    return seen.state === "read" ? { ...seen, ...(await rowsOf(database)) } : seen;
  } catch (error) {
    return troubleOf(error);
  } finally {
    if (database?.isOpen) database.close();
  }
}

function look(database: DatabaseSync): Exclude<Stored, Rows> | { state: "read"; schema: number } {
  return translated(() => {
    const schema = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    // With no migration beyond the file's own schema this writes nothing; it rejects foreign and newer files.
    migrate(database, MIGRATIONS.slice(0, schema));
    if (schema < MIGRATIONS.length) return { state: "older", schema };
    const fault = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    return fault === "ok"
      ? { state: "read", schema }
      : { state: "damaged", fault: String(fault).split("\n").at(-1) ?? "" };
  });
}

/**
 * A file without a write-ahead log isn't in use: opened as immutable, it gets no side files. One with a log is read
 * together with it. Source: https://sqlite.org/uri.html (immutable)
 */
function openAsItIs(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true, timeout: BUSY_MS });
}

async function rowsOf(database: DatabaseSync): Promise<Rows> {
  const db = new Kysely<Database>({ dialect: nodeSqliteDialect(database) });
  const tables = tablesOn(db, () => Promise.reject(new StoreError("unavailable", "opened for reading")));
  const delegations = await tables.delegations.list();
  const latest = new Map<string, Verification>();
  const full = new Map<string, Verification>();
  for (const { name } of delegations) {
    const last = await tables.verifications.get(name);
    const lastFull = await tables.verifications.get(name, "full");
    if (last) latest.set(name, last);
    if (lastFull) full.set(name, lastFull);
  }
  return { delegations, keys: await tables.keys.list(), latest, full };
}

function troubleOf(error: unknown): Stored {
  if (!(error instanceof StoreError))
    return { state: "unusable", reason: systemReasonOf(error), code: "unavailable" };
  const { cause, code, message } = error;
  const errcode = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : undefined;
  if (errcode === SQLITE_CORRUPT) return { state: "damaged", fault: systemReasonOf(cause) };
  return { state: "unusable", reason: message, code };
}
