/** A search of the audit log, kept in the page's address: it can be bookmarked and shared. */
import type { QuestionOf } from "../api.ts";

type CallsQuery = NonNullable<QuestionOf<"GET /audit/calls">["query"]>;
export type Outcome = NonNullable<CallsQuery["outcome"]>;

const NAMES = [
  "text",
  "client",
  "delegation",
  "model",
  "key",
  "outcome",
  "when",
  "from",
  "to",
  "cursor",
] as const;
/** Empty where it isn't set. */
export type Filter = Record<Exclude<(typeof NAMES)[number], "outcome">, string> & { outcome: Outcome | "" };

const HOUR = 3_600_000;
const AGES: Record<string, number> = {
  "1h": HOUR,
  "24h": 24 * HOUR,
  "7d": 7 * 24 * HOUR,
  "30d": 30 * 24 * HOUR,
};

export const WHEN = [
  ["", "any time"],
  ["1h", "the last hour"],
  ["24h", "the last day"],
  ["7d", "the last week"],
  ["30d", "the last 30 days"],
  ["between", "between …"],
] as const;

export function filterOf(params: URLSearchParams): Filter {
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""])) as Filter;
}

/** The address's parameters after a change of the search, which starts at the latest calls again. */
export function paramsWith(params: URLSearchParams, change: Partial<Filter>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries({ cursor: "", ...change }))
    if (value === "") next.delete(name);
    else next.set(name, value);
  return next;
}

/** The query for the API. The times `from` and `to` are local, as a `datetime-local` input gives them. */
export function queryOf({ when, from, to, outcome, ...names }: Filter, asked: number): CallsQuery {
  const query = { ...names, ...(outcome !== "" && { outcome }) };
  const age = AGES[when];
  if (age !== undefined) return { ...query, since: asked - age };
  if (when !== "between") return query;
  return { ...query, since: timeOf(from), until: timeOf(to) };
}

function timeOf(local: string): number | undefined {
  const time = new Date(local).getTime();
  return Number.isNaN(time) ? undefined : time;
}

/** The filters of the search that the export ignores: it knows neither keys nor free text. */
export function leftOut({ text, key }: Filter): string[] {
  return [...(text === "" ? [] : ["text"]), ...(key === "" ? [] : ["key"])];
}

export function exportable({ text: _text, key: _key, cursor: _cursor, ...query }: CallsQuery) {
  return query;
}
