/** Kysely's SQLite dialect over Node's own `node:sqlite`, whose errors become StoreErrors here. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { SqliteDialect, type SqliteStatement } from "kysely";
import { StoreError } from "./store.ts";

export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({
    database: {
      prepare: (sql) => translated(() => adapt(database.prepare(sql))),
      close: () => database.close(),
    },
  });
}

function adapt(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => translated(() => statement.all(...bound(parameters))),
    run: (parameters) => translated(() => statement.run(...bound(parameters))),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  };
}

/** node:sqlite checks each value's type itself. */
function bound(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}

/** SQLite's primary result codes. Source: https://sqlite.org/rescode.html */
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;

/** Runs `action`; SQLite's errors become StoreErrors. Their texts name tables and columns, never values. */
export function translated<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asStoreError(error);
  }
}

function asStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const text = cause instanceof Error ? cause.message : "unknown error";
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : undefined;
  if (code === SQLITE_CONSTRAINT) {
    return new StoreError("conflict", `the row already exists or refers to a missing one (${text})`, {
      cause,
    });
  }
  if (code === SQLITE_NOTADB) return new StoreError("foreign", "the file is not a Signet store", { cause });
  return new StoreError("unavailable", `the store can't be used: ${text}`, { cause });
}
