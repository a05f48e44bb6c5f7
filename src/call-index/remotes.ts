/** Callers' addresses. There may be any number, so only recent ones are kept in memory. */
import type { DatabaseSync } from "node:sqlite";
import { DamageError } from "./database.ts";

export interface Remotes {
  intern(text: string): number;
  /** Throws DamageError if the number doesn't exist. */
  textOf(id: number): string;
  /** Numbers of the addresses that contain `part`, at most `limit`. */
  containing(part: string, limit: number): number[];
}

const MOST_HELD = 10_000;

export function openRemotes(database: DatabaseSync): Remotes {
  const held = new Map<string, number>();
  const insert = database.prepare("INSERT INTO remote (text) VALUES (?) ON CONFLICT DO NOTHING");
  const find = database.prepare("SELECT id FROM remote WHERE text = ?");
  const get = database.prepare("SELECT text FROM remote WHERE id = ?");
  const search = database.prepare("SELECT id FROM remote WHERE instr(lower(text), lower(?)) > 0 LIMIT ?");
  return {
    intern(text) {
      const known = held.get(text);
      if (known !== undefined) return known;
      insert.run(text);
      const id = Number(find.get(text)?.["id"]);
      if (held.size >= MOST_HELD) held.clear();
      held.set(text, id);
      return id;
    },
    textOf(id) {
      const row = get.get(id);
      if (!row) throw new DamageError(`remote ${id} is missing`);
      return String(row["text"]);
    },
    containing: (part, limit) => search.all(part, limit).map((row) => Number(row["id"])),
  };
}
