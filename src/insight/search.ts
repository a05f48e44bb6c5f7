/** Calls and changes by search, the latest first, page by page. Every value is a bound parameter (T22). */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { CallResult } from "../audit/calls.ts";
import type { RecordedChange } from "../audit/changes.ts";
import { InsightError } from "./errors.ts";
import type { CallPage, CallQuery, ChangePage, ChangeQuery, IndexedCall } from "./types.ts";

const NAMED = ["client", "delegation", "model", "key", "outcome"] as const;

const COLUMNS = `
  call.id, call.at, call.call, call.upstream, call.rest,
  c.text AS client, k.text AS key, d.text AS delegation, m.text AS model, o.text AS outcome, r.text AS remote`;
const JOINS = `
  JOIN name c ON c.id = call.client JOIN name k ON k.id = call.key JOIN name d ON d.id = call.delegation
  LEFT JOIN name m ON m.id = call.model JOIN name o ON o.id = call.outcome JOIN name r ON r.id = call.remote`;

interface Condition {
  sql: string;
  values: SQLInputValue[];
}

export function callsOf(database: DatabaseSync, query: CallQuery): CallPage {
  const common = conditionsOf(query);
  const branches =
    query.text === undefined ? [[]] : textConditions(database, query.text).map((each) => [each]);
  const found = new Map<number, { id: number; at: number }>();
  // Each branch by its own index, each only as far as the page reaches.
  for (const branch of branches) {
    const conditions = [...common, ...branch];
    const where = conditions.map(({ sql }) => sql).join(" AND ") || "TRUE";
    const rows = database
      .prepare(`SELECT id, at FROM call WHERE ${where} ORDER BY at DESC, id DESC LIMIT ?`)
      .all(...conditions.flatMap(({ values }) => values), query.limit + 1);
    for (const { id, at } of rows) found.set(Number(id), { id: Number(id), at: Number(at) });
  }
  const latest = [...found.values()].toSorted((a, b) => b.at - a.at || b.id - a.id);
  const shown = latest.slice(0, query.limit);
  const last = shown.at(-1);
  const row = database.prepare(`SELECT ${COLUMNS} FROM call ${JOINS} WHERE call.id = ?`);
  return {
    calls: shown.flatMap(({ id }) => callOf(row.get(id))),
    next: last && latest.length > query.limit ? `${last.at}.${last.id}` : null,
  };
}

function conditionsOf(query: CallQuery): Condition[] {
  const conditions: Condition[] = [];
  for (const name of NAMED) {
    const value = query[name];
    if (value !== undefined)
      conditions.push({ sql: `${name} = (SELECT id FROM name WHERE text = ?)`, values: [value] });
  }
  if (query.since !== undefined) conditions.push({ sql: "at >= ?", values: [query.since] });
  if (query.until !== undefined) conditions.push({ sql: "at < ?", values: [query.until] });
  if (query.cursor !== undefined)
    conditions.push({ sql: "(at, id) < (?, ?)", values: positionOf(query.cursor) });
  return conditions;
}

function positionOf(cursor: string): number[] {
  const [, at, id] = /^([0-9]{1,15})\.([0-9]{1,15})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined)
    throw new InsightError("invalid_cursor", "no answer gave this cursor");
  return [Number(at), Number(id)];
}

/** The ways in which a text can be met, each with an index of its own. */
function textConditions(database: DatabaseSync, text: string): Condition[] {
  const names = database
    .prepare(`SELECT id FROM name WHERE text LIKE ? ESCAPE '\\' LIMIT 500`)
    .all(`%${text.replaceAll(/[\\%_]/g, (wildcard) => `\\${wildcard}`)}%`)
    .map(({ id }) => Number(id));
  const among = names.map(() => "?").join(", ");
  const named = ["model", "error", "remote", "client", "delegation", "key"].map((column) => ({
    sql: `${column} IN (${among})`,
    values: names,
  }));
  const prefixed = ["call", "upstream"].map((column) => ({
    sql: `${column} >= ? AND ${column} < ?`,
    values: [text, `${text}\u{10ffff}`],
  }));
  return names.length === 0 ? prefixed : [...prefixed, ...named];
}

function callOf(row: Record<string, unknown> | undefined): IndexedCall[] {
  if (!row) return [];
  const rest = JSON.parse(String(row["rest"])) as Omit<
    IndexedCall,
    "call" | "upstreamRequestId" | "client" | "key" | "delegation" | "model" | "outcome" | "remote"
  >;
  return [
    {
      ...rest,
      call: String(row["call"]),
      upstreamRequestId: textOrNull(row["upstream"]),
      client: String(row["client"]),
      key: String(row["key"]),
      delegation: String(row["delegation"]),
      model: textOrNull(row["model"]),
      outcome: String(row["outcome"]) as CallResult,
      remote: String(row["remote"]),
    },
  ];
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function changesOf(
  database: DatabaseSync,
  { since, subject, cursor, limit }: ChangeQuery,
): ChangePage {
  const conditions: Condition[] = [];
  if (since !== undefined) conditions.push({ sql: "at >= ?", values: [since] });
  if (subject !== undefined) conditions.push({ sql: "subject = ?", values: [subject] });
  if (cursor !== undefined) {
    if (!/^[0-9]{1,15}$/.test(cursor)) throw new InsightError("invalid_cursor", "no answer gave this cursor");
    conditions.push({ sql: "seq < ?", values: [Number(cursor)] });
  }
  const where = conditions.map(({ sql }) => sql).join(" AND ") || "TRUE";
  const rows = database
    .prepare(`SELECT seq, content FROM change WHERE ${where} ORDER BY seq DESC LIMIT ?`)
    .all(...conditions.flatMap(({ values }) => values), limit + 1);
  const shown = rows.slice(0, limit);
  return {
    changes: shown.map(({ content }) => {
      const { seq, ...change } = JSON.parse(String(content)) as { seq: number } & Omit<
        RecordedChange,
        "records"
      >;
      return { ...change, records: [seq] };
    }),
    next: rows.length > limit ? String(shown.at(-1)?.["seq"]) : null,
  };
}
