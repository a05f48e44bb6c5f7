/** Changes in the index: who created, suspended or revoked what. A change recorded twice is one with two records. */
import type { DatabaseSync } from "node:sqlite";
import type { ChangeFields, ChangeRecord } from "../audit/records.ts";
import { cursorOf, numbersIn } from "./cursor.ts";
import type { ChangePage, ChangeQuery } from "./types.ts";

const MOST_CHANGES = 200;

export function prepareChanges(database: DatabaseSync): (records: ChangeRecord[]) => void {
  const insert = database.prepare(
    `INSERT INTO change (record, records, id, time, subject, change) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET records = records || ',' || excluded.records`,
  );
  return (records) => {
    for (const { seq, hash: _hash, time: _time, type: _type, ...change } of records)
      insert.run(seq, String(seq), change.id, Date.parse(change.at), change.subject, JSON.stringify(change));
  };
}

/** Whether the change has what the table needs: a line of the log may be JSON that Signet didn't write. */
export function isSoundChange({ id, at, subject }: ChangeRecord): boolean {
  return typeof id === "string" && typeof subject === "string" && Number.isSafeInteger(Date.parse(at));
}

/** The latest first. Throws InsightError `invalid_cursor`. */
export function searchChanges(database: DatabaseSync, query: ChangeQuery): ChangePage {
  const { since = 0, subject = null, cursor } = query;
  const limit = Math.min(MOST_CHANGES, Math.max(1, Math.trunc(query.limit)));
  const [before = 0] = cursor === undefined ? [Number.MAX_SAFE_INTEGER] : numbersIn(cursor, 1);
  const rows = database
    .prepare(
      `SELECT record, records, change FROM change
       WHERE record < ? AND time >= ? AND (subject = ? OR ? IS NULL) ORDER BY record DESC LIMIT ?`,
    )
    .all(before, since, subject, subject, limit + 1);
  const shown = rows.slice(0, limit);
  const changes = shown.map((row) => ({
    ...(JSON.parse(String(row["change"])) as ChangeFields),
    records: String(row["records"]).split(",").map(Number),
  }));
  return { changes, next: rows.length > limit ? cursorOf(Number(shown.at(-1)?.["record"])) : null };
}
