/** Brings a SQLite file to this program's schema, or refuses it: another program's file, or a later Signet's. */
import type { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "./migrations/index.ts";
import { StoreError } from "./store.ts";

/**
 * "SGNT": distinguishes a Signet store from other SQLite files. Source:
 * https://sqlite.org/pragma.html#pragma_application_id
 */
const APPLICATION_ID = 0x53_47_4e_54;

export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  if (checkedVersion(database, migrations.length) === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Read again under the lock: another process may have migrated meanwhile.
    for (const migration of migrations.slice(checkedVersion(database, migrations.length)))
      database.exec(migration);
    database.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; COMMIT`,
    );
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The file's schema version; 0 for an empty file. */
function checkedVersion(database: DatabaseSync, known: number): number {
  const version = pragma(database, "user_version");
  const application = pragma(database, "application_id");
  const empty = pragma(database, "schema_version") === 0;
  if (!empty && application !== APPLICATION_ID) {
    throw new StoreError("foreign", "the file is a database of another program, not a Signet store");
  }
  if (version > known) {
    throw new StoreError(
      "newer",
      `the store was written by a later version of Signet (schema ${version}, this version supports ${known}): ` +
        "upgrade Signet, or restore the backup made before the upgrade",
    );
  }
  return version;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}
