/**
 * Searches calls, the latest first. Each way in which a call can match is one walk along a database index that yields
 * at most a page of calls in order; the latest of all walks are the page. So no search reads more than a few pages,
 * except for a short prefix of an id that very many calls share.
 */
import type { CallIndex } from "./call-index.ts";
import { cursorOf, numbersIn } from "./cursor.ts";
import { DamageError } from "./database.ts";
import type { Party } from "./parties.ts";
import { ROW_COLUMNS, callOf } from "./rows.ts";
import type { CallRow } from "./rows.ts";
import type { CallPage, CallQuery, IndexedCall } from "./types.ts";
import { partiesAsked } from "./usage.ts";

const MOST_CALLS = 200;
/** With more matching addresses, the calls are scanned for an address instead of looking up each address's calls. */
const MOST_REMOTES = 200;

/** A call's place in the order. */
interface Key {
  time: number;
  record: number;
}

/** Throws InsightError `invalid_cursor`. */
export function searchCalls(index: CallIndex, query: CallQuery): CallPage {
  const limit = Math.min(MOST_CALLS, Math.max(1, Math.trunc(query.limit)));
  const search: Search = {
    index,
    // One more than requested shows whether there is another page.
    page: newPage(limit + 1),
    since: query.since ?? 0,
    before: startOf(query),
  };
  walk(search, query);
  const keys = search.page.keys();
  const last = keys[limit - 1];
  return {
    calls: keys.slice(0, limit).map((key) => read(index, key)),
    next: last && keys.length > limit ? cursorOf(last.time, last.record) : null,
  };
}

function startOf({ until, cursor }: CallQuery): Key {
  const end = { time: until ?? Number.MAX_SAFE_INTEGER, record: 0 };
  if (cursor === undefined) return end;
  const [time = 0, record = 0] = numbersIn(cursor, 2);
  const key = { time, record };
  return isLater(end, key) ? key : end;
}

interface Search {
  index: CallIndex;
  page: Page;
  /** Epoch milliseconds, inclusive. */
  since: number;
  /** Only earlier calls. */
  before: Key;
}

function walk(search: Search, query: CallQuery): void {
  const { text = "" } = query;
  const asked = partiesAsked(search.index, query);
  if (text === "") return asked ? takeParties(search, asked) : walkOf(search, "TRUE")();
  takeParties(search, (asked ?? [...search.index.parties.all()]).filter(isNamed(text)));
  const among: Among = asked
    ? { condition: "party IN (SELECT value FROM json_each(?))", values: [idsOf(asked)] }
    : { condition: "TRUE", values: [] };
  takeRemotes(search, text, among);
  takeIds(search, text, among);
}

function isNamed(text: string): (party: Party) => boolean {
  const part = text.toLowerCase();
  return ({ client, delegation, key, model, error, upstreamError }) =>
    [client, delegation, key, model, error, upstreamError].some((name) => name?.toLowerCase().includes(part));
}

/** Restricts a walk to some parties. */
interface Among {
  condition: string;
  values: string[];
}

function idsOf(parties: Party[]): string {
  return JSON.stringify(parties.map(({ id }) => id));
}

function takeParties(search: Search, parties: Party[]): void {
  const take = walkOf(search, "party = ?");
  for (const { id } of parties) take(id);
}

function takeRemotes(search: Search, text: string, { condition, values }: Among): void {
  const remotes = search.index.remotes.containing(text, MOST_REMOTES + 1);
  if (remotes.length <= MOST_REMOTES) {
    const take = walkOf(search, `remote = ? AND +${condition}`);
    for (const remote of remotes) take(remote, ...values);
    return;
  }
  // The plus makes SQLite walk along the calls instead of looking up each address.
  const named = "+remote IN (SELECT id FROM remote WHERE instr(lower(text), lower(?)) > 0)";
  walkOf(search, `${named} AND +${condition}`)(text, ...values);
}

function takeIds(search: Search, text: string, { condition, values }: Among): void {
  for (const id of ["call", "upstream_request_id"]) {
    const take = walkOf(search, `${id} >= ? AND ${id} < ? AND +${condition}`, `call_${id}`);
    take(text, endOf(text), ...values);
  }
}

/** Sorts after every text that begins with `beginning`: no character is above the last of Unicode. */
function endOf(beginning: string): string {
  return `${beginning}\u{10ffff}`;
}

/**
 * Returns a function that adds to the page the latest calls for which `condition` holds with the given values. The
 * condition and `by`, the index to walk along if SQLite wouldn't choose the right one, only ever come from this file.
 */
function walkOf({ index, page, since, before }: Search, condition: string, by?: string) {
  const select = index.database.prepare(
    `SELECT time, record FROM call ${by === undefined ? "" : `INDEXED BY ${by}`}
     WHERE ${condition} AND (time, record) < (?, ?) AND time >= ? ORDER BY time DESC, record DESC LIMIT ?`,
  );
  return (...values: (string | number)[]): void => {
    const from = Math.max(since, page.from());
    for (const key of select.iterate(...values, before.time, before.record, from, page.size))
      page.add(key as unknown as Key);
  };
}

/** The latest keys, each once. */
interface Page {
  readonly size: number;
  add(key: Key): void;
  /** Nothing earlier can be on the page. Epoch milliseconds. */
  from(): number;
  /** The latest first. */
  keys(): Key[];
}

function newPage(size: number): Page {
  let kept: Key[] = [];
  return {
    size,
    add(key) {
      const at = kept.findIndex((other) => !isLater(other, key));
      if (at >= 0 && kept[at]?.record === key.record) return;
      kept = kept.toSpliced(at < 0 ? kept.length : at, 0, key).slice(0, size);
    },
    from: () => (kept.length < size ? 0 : (kept.at(-1)?.time ?? 0)),
    keys: () => kept,
  };
}

function isLater(a: Key, b: Key): boolean {
  return a.time === b.time ? a.record > b.record : a.time > b.time;
}

function read({ database, parties, origins, remotes }: CallIndex, { time, record }: Key): IndexedCall {
  const row = database
    .prepare(`SELECT ${ROW_COLUMNS.join()} FROM call WHERE time = ? AND record = ?`)
    .get(time, record) as CallRow | undefined;
  if (!row) throw new DamageError(`call ${record} is missing`);
  const party = parties.get(Number(row.party));
  const origin = origins.namesOf(Number(row.origin));
  return callOf(row, { party, origin, remote: remotes.textOf(Number(row.remote)) });
}
