/** Numbers for recurring names, so that calls refer to them by number. Kept in memory and in a table. */
import type { DatabaseSync } from "node:sqlite";
import { DamageError } from "./database.ts";

export type Names = readonly (string | null)[];

export interface Dictionary {
  readonly size: number;
  /** The number, if one exists. */
  find(names: Names): number | undefined;
  /** The number; adds a row if needed. */
  intern(names: Names): number;
  /** Throws DamageError if the number doesn't exist. */
  namesOf(id: number): Names;
  entries(): Iterable<[number, Names]>;
}

/** `columns` are those of `table` besides `id`: they come from schema.ts, never from data. */
export function openDictionary(
  database: DatabaseSync,
  table: string,
  columns: readonly string[],
): Dictionary {
  const ids = new Map<string, number>();
  const rows = new Map<number, Names>();
  const keyOf = (names: Names) => JSON.stringify(names);
  const insert = database.prepare(
    `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
  );
  const remember = (id: number, names: Names) => {
    ids.set(keyOf(names), id);
    rows.set(id, names);
  };
  const select = database.prepare(`SELECT id, ${columns.join()} FROM ${table}`);
  select.setReturnArrays(true);
  for (const row of select.iterate()) {
    const [id, ...names] = row as unknown as [number, ...Names];
    remember(id, names);
  }
  return {
    get size() {
      return ids.size;
    },
    find: (names) => ids.get(keyOf(names)),
    intern(names) {
      const known = ids.get(keyOf(names));
      if (known !== undefined) return known;
      const id = Number(insert.run(...names).lastInsertRowid);
      remember(id, names);
      return id;
    },
    namesOf(id) {
      const names = rows.get(id);
      if (!names) throw new DamageError(`${table} ${id} is missing`);
      return names;
    },
    entries: () => rows,
  };
}
