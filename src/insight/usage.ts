/** Sums and series over the index. */
import type { DatabaseSync } from "node:sqlite";
import { addPacked, quantile, type Histogram } from "./histogram.ts";
import { gridOf, HOUR, type Grid } from "./levels.ts";
import type {
  Overview,
  Percentiles,
  Period,
  Point,
  Spent,
  Totals,
  UsageBy,
  UsageQuery,
  UsageReport,
  UsageRow,
} from "./types.ts";
import type { CallResult } from "../audit/calls.ts";

const NANOS = 1e9;
const TOP = 5;
const MOST_ERRORS = 10;

/** What is added up while rows are read. */
interface Sum {
  calls: number;
  failed: number;
  refused: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  nanos: number;
  unpriced: number;
  firstByte: Histogram;
  total: Histogram;
}

/** A row of `usage` with its names. */
interface Row extends Record<UsageBy | "outcome" | "error", string | null> {
  at: number;
  calls: number;
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  nanos: number;
  unpriced: number;
  first_byte: Uint8Array;
  total: Uint8Array;
}

const SELECT = `
  SELECT u.at, u.calls, u.input, u.output, u.cache_read, u.cache_write, u.nanos, u.unpriced, u.first_byte, u.total,
         c.text AS client, d.text AS delegation, k.text AS key, m.text AS model, o.text AS outcome, e.text AS error
  FROM usage u
    LEFT JOIN name c ON c.id = u.client LEFT JOIN name d ON d.id = u.delegation LEFT JOIN name k ON k.id = u.key
    LEFT JOIN name m ON m.id = u.model LEFT JOIN name o ON o.id = u.outcome LEFT JOIN name e ON e.id = u.error
  WHERE u.level = ? AND u.at >= ? AND u.at < ?`;

const FILTERS = ["client", "delegation", "model", "key"] as const;
type Filter = Partial<Record<UsageBy, string>>;

function* rowsOf(
  database: DatabaseSync,
  { level, since, until }: Pick<Grid, "level" | "since" | "until">,
  filter: Filter = {},
): Generator<Row> {
  const wanted = FILTERS.filter((name) => filter[name] !== undefined);
  const where = wanted.map((name) => ` AND u.${name} = (SELECT id FROM name WHERE text = ?)`).join("");
  const values = wanted.map((name) => filter[name] ?? "");
  for (const row of database.prepare(SELECT + where).iterate(level, since, until, ...values))
    yield row as unknown as Row;
}

export function usageOf(database: DatabaseSync, query: UsageQuery, now: number): UsageReport {
  const grid = gridOf(query, now);
  const { by } = query;
  const sums = new Summary(grid);
  const rows = new Groups();
  for (const row of rowsOf(database, grid, query)) {
    sums.add(row);
    add(rows.of(row[by]), row);
  }
  return {
    since: grid.since,
    until: grid.until,
    by,
    totals: totalsOf(sums.total),
    rows: rows.rows(),
    intervalMs: grid.intervalMs,
    series: sums.points(),
  };
}

export function overviewOf(database: DatabaseSync, period: Period, now: number): Overview {
  const grid = gridOf(period, now);
  const sums = new Summary(grid);
  const groups = { client: new Groups(), model: new Groups(), delegation: new Groups() };
  const outcomes = new Map<CallResult, number>();
  const errors = new Map<string, number>();
  for (const row of rowsOf(database, grid)) {
    sums.add(row);
    add(groups.client.of(row.client), row);
    add(groups.model.of(row.model), row);
    add(groups.delegation.of(row.delegation), row);
    const outcome = row.outcome as CallResult;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + row.calls);
    if (row.error !== null) errors.set(row.error, (errors.get(row.error) ?? 0) + row.calls);
  }
  const { since, until, intervalMs, level } = grid;
  const before = newSum();
  for (const row of rowsOf(database, { level, since: since - (until - since), until: since }))
    add(before, row);
  return {
    since,
    until,
    totals: totalsOf(sums.total),
    before: totalsOf(before),
    intervalMs,
    series: sums.points(),
    clients: groups.client.rows().slice(0, TOP),
    models: groups.model.rows().slice(0, TOP),
    delegations: groups.delegation.rows().slice(0, TOP),
    outcomes: mostFirst(outcomes).map(([outcome, calls]) => ({ outcome, calls })),
    errors: mostFirst(errors)
      .slice(0, MOST_ERRORS)
      .map(([error, calls]) => ({ error, calls })),
  };
}

/** Days and months begin at full hours, so sums of hours are exact. */
export function spentIn(database: DatabaseSync, { since, until }: Period): Spent[] {
  const spent: Spent[] = [];
  for (const scope of ["delegation", "client", "key"] as const) {
    const rows = database
      .prepare(
        `SELECT n.text AS name, SUM(u.spent) AS tokens, SUM(u.spent_nanos) AS nanos
         FROM usage u JOIN name n ON n.id = u.${scope}
         WHERE u.level = ? AND u.at >= ? AND u.at < ? GROUP BY u.${scope}`,
      )
      .all(HOUR, since, until);
    for (const { name, tokens, nanos } of rows)
      spent.push({ scope, name: String(name), tokens: Number(tokens), costUsd: Number(nanos) / NANOS });
  }
  return spent;
}

/** The whole, and its points in time. */
class Summary {
  readonly total = newSum();
  readonly #grid: Grid;
  readonly #points = new Map<number, Sum>();

  constructor(grid: Grid) {
    this.#grid = grid;
    for (let at = grid.since; at < grid.until; at += grid.intervalMs) this.#points.set(at, newSum());
  }

  add(row: Row): void {
    add(this.total, row);
    const { since, intervalMs } = this.#grid;
    const point = this.#points.get(since + Math.floor((row.at - since) / intervalMs) * intervalMs);
    if (point) add(point, row);
  }

  points(): Point[] {
    return [...this.#points].map(([at, sum]) => ({ at, ...totalsOf(sum) }));
  }
}

class Groups {
  readonly #sums = new Map<string | null, Sum>();

  of(name: string | null): Sum {
    const known = this.#sums.get(name) ?? newSum();
    this.#sums.set(name, known);
    return known;
  }

  /** The dearest first, then those with most calls, then by name. */
  rows(): UsageRow[] {
    return [...this.#sums]
      .map(([name, sum]) => ({ name, ...totalsOf(sum) }))
      .toSorted(
        (a, b) => b.costUsd - a.costUsd || b.calls - a.calls || ((a.name ?? "") < (b.name ?? "") ? -1 : 1),
      );
  }
}

function newSum(): Sum {
  return {
    calls: 0,
    failed: 0,
    refused: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    nanos: 0,
    unpriced: 0,
    firstByte: new Map(),
    total: new Map(),
  };
}

function add(sum: Sum, row: Row): void {
  if (row.outcome === "refused") sum.refused += row.calls;
  else {
    sum.calls += row.calls;
    if (row.outcome !== "ok") sum.failed += row.calls;
  }
  sum.input += row.input;
  sum.output += row.output;
  sum.cacheRead += row.cache_read;
  sum.cacheWrite += row.cache_write;
  sum.nanos += row.nanos;
  sum.unpriced += row.unpriced;
  addPacked(sum.firstByte, row.first_byte);
  addPacked(sum.total, row.total);
}

function totalsOf(sum: Sum): Totals {
  return {
    calls: sum.calls,
    failed: sum.failed,
    refused: sum.refused,
    inputTokens: sum.input,
    outputTokens: sum.output,
    cacheReadInputTokens: sum.cacheRead,
    cacheWriteInputTokens: sum.cacheWrite,
    costUsd: sum.nanos / NANOS,
    unpricedCalls: sum.unpriced,
    firstByteMs: percentilesOf(sum.firstByte),
    totalMs: percentilesOf(sum.total),
  };
}

function percentilesOf(histogram: Histogram): Percentiles {
  return { p50: quantile(histogram, 0.5), p95: quantile(histogram, 0.95), p99: quantile(histogram, 0.99) };
}

function mostFirst<T extends string>(counts: Map<T, number>): [T, number][] {
  return [...counts].toSorted(([a, more], [b, less]) => less - more || (a < b ? -1 : 1));
}
