/** Writes calls to the tables, and what they add to the sums. */
import type { DatabaseSync } from "node:sqlite";
import type { Dictionary } from "./dictionary.ts";
import { encode } from "./histogram.ts";
import { MINUTE, SPANS } from "./intervals.ts";
import type { Place } from "./log-reader.ts";
import type { Parties } from "./parties.ts";
import type { Remotes } from "./remotes.ts";
import { originOf, ROW_COLUMNS, rowOf } from "./rows.ts";
import { addCall, COUNTED, ENDINGS, endingOf, noSums } from "./sums.ts";
import type { Ending, Sums } from "./sums.ts";
import type { IndexedCall } from "./types.ts";

const LONGER_SPANS = SPANS.filter((span) => span !== MINUTE);

export interface NameTables {
  readonly parties: Parties;
  readonly origins: Dictionary;
  readonly remotes: Remotes;
}

/** `places`: how far chains have been read, by name. Removes sums by minute before `minutesFrom`. In a transaction. */
export type Write = (calls: IndexedCall[], places: ReadonlyMap<string, Place>, minutesFrom: number) => void;

export function prepareWrite(database: DatabaseSync, { parties, origins, remotes }: NameTables): Write {
  const insertCall = database.prepare(
    `INSERT INTO call (${ROW_COLUMNS.join()}) VALUES (${ROW_COLUMNS.map(() => "?").join()})`,
  );
  const addToUsage = prepareUsage(database);
  const setPlace = database.prepare("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?)");
  const setMinutes = database.prepare("UPDATE minutes SET since = ?");
  const forgetMinutes = database.prepare(`DELETE FROM usage WHERE span = ${MINUTE} AND time < ?`);

  return (calls, places, minutesFrom) => {
    const added = newAdditions();
    for (const call of calls) {
      const party = parties.intern(call);
      const refers = { party, origin: origins.intern(originOf(call)), remote: remotes.intern(call.remote) };
      insertCall.run(...rowOf(call, refers));
      const time = Date.parse(call.time);
      for (const span of time < minutesFrom ? LONGER_SPANS : SPANS) {
        const at = Math.floor(time / span) * span;
        added.add([span, at, party.id], call);
        added.add([span, at, idOfAll(endingOf(call.outcome))], call);
      }
    }
    for (const [key, sums] of added.entries()) addToUsage(key, sums);
    forgetMinutes.run(minutesFrom);
    setMinutes.run(minutesFrom);
    for (const [chain, { segment, offset, record, hash }] of places)
      setPlace.run(chain, segment, offset, record, hash);
  };
}

/** Span, its beginning, and the party's number or `idOfAll`. */
type UsageKey = [span: number, time: number, party: number];

/** The amounts to add to each row of `usage`. */
function newAdditions() {
  const entries = new Map<string, [UsageKey, Sums]>();
  return {
    add(key: UsageKey, call: IndexedCall): void {
      const name = key.join();
      const entry: [UsageKey, Sums] = entries.get(name) ?? [key, noSums()];
      addCall(entry[1], call);
      entries.set(name, entry);
    },
    entries: () => entries.values(),
  };
}

/** Used instead of a party's number: all parties together, by how calls ended. */
function idOfAll(ending: Ending): number {
  return -1 - ENDINGS.indexOf(ending);
}

/** The ending that `party` represents, if it represents all parties. */
export function endingAll(party: number): Ending | undefined {
  return ENDINGS[-1 - party];
}

const USAGE_NUMBERS = [
  "calls",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "cost",
  "unpriced",
  "reserved_tokens",
  "reserved_cost",
];
const USAGE_HISTOGRAMS = ["first_byte", "total"];
/** In the order of `SumsRow`. */
export const USAGE_COLUMNS: readonly string[] = [...USAGE_NUMBERS, ...USAGE_HISTOGRAMS];

function prepareUsage(database: DatabaseSync) {
  const statement = database.prepare(
    `INSERT INTO usage (span, time, party, ${USAGE_COLUMNS.join()})
     VALUES (?, ?, ?, ${USAGE_COLUMNS.map(() => "?").join()})
     ON CONFLICT DO UPDATE SET
       ${USAGE_NUMBERS.map((name) => `${name} = ${name} + excluded.${name}`).join()},
       ${USAGE_HISTOGRAMS.map((name) => `${name} = add_histograms(${name}, excluded.${name})`).join()}`,
  );
  return (key: UsageKey, sums: Sums) => {
    statement.run(...key, ...COUNTED.map((name) => sums[name]), encode(sums.firstByte), encode(sums.total));
  };
}
