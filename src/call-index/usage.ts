/** Overview, usage and what was spent: sums over any period, exact to the millisecond. */
import type { HolderUsage } from "../limits/limiter.ts";
import type { CallIndex } from "./call-index.ts";
import { beginnings, DAY, intervalFor, MINUTE, partsOf } from "./intervals.ts";
import type { Part } from "./intervals.ts";
import type { Party } from "./parties.ts";
import { addCall, addRow, addSums, dollars, endingOf, newTally, noSums, totalsOf } from "./sums.ts";
import type { Summed, Sums, SumsRow, Tally } from "./sums.ts";
import type { LimitScope } from "../core/limits.ts";
import type { Overview, Period, Point, UsageBy, UsageQuery, UsageReport, UsageRow } from "./types.ts";
import { endingAll, USAGE_COLUMNS } from "./writes.ts";

const MOST_ROWS = 5;
const MOST_ERRORS = 10;

export function overview(index: CallIndex, period: Period): Overview {
  const { since, until } = period;
  const parties = sumByParty(index, period);
  const before = sumByParty(index, { since: since - (until - since), until: since });
  return {
    since,
    until,
    totals: totalsOf(tallyOf(parties)),
    before: totalsOf(tallyOf(before)),
    ...seriesOf(index, period),
    clients: rowsBy("client", parties).slice(0, MOST_ROWS),
    models: rowsBy("model", parties).slice(0, MOST_ROWS),
    delegations: rowsBy("delegation", parties).slice(0, MOST_ROWS),
    outcomes: countBy(parties, ({ outcome }) => outcome).map(([outcome, calls]) => ({ outcome, calls })),
    errors: countBy(parties, ({ upstreamError, error }) => upstreamError ?? error)
      .slice(0, MOST_ERRORS)
      .map(([error, calls]) => ({ error, calls })),
  };
}

export function usage(index: CallIndex, query: UsageQuery): UsageReport {
  const { since, until, by } = query;
  const asked = partiesAsked(index, query);
  const parties = sumByParty(index, query, asked);
  const series = seriesOf(index, query, asked);
  return { since, until, by, totals: totalsOf(tallyOf(parties)), rows: rowsBy(by, parties), ...series };
}

const SCOPES: readonly LimitScope[] = ["delegation", "client", "key"];

/** A call with an unknown end may have cost all that was reserved for it. */
export function spent(index: CallIndex, period: Period): HolderUsage[] {
  const parties = sumByParty(index, period);
  return SCOPES.flatMap((scope) => {
    const byName = new Map<string, { tokens: number; cost: number }>();
    for (const [party, sums] of parties) {
      const { tokens, cost } = byName.get(party[scope]) ?? { tokens: 0, cost: 0 };
      const unknown = party.outcome === "unknown";
      const used = sums.inputTokens + sums.outputTokens + sums.cacheReadTokens + sums.cacheWriteTokens;
      byName.set(party[scope], {
        tokens: tokens + used + (unknown ? sums.reservedTokens : 0),
        cost: cost + sums.cost + (unknown ? sums.reservedCost : 0),
      });
    }
    return [...byName].map(([name, { tokens, cost }]) => ({ scope, name, tokens, costUsd: dollars(cost) }));
  });
}

export type Filter = Partial<Pick<Party, "client" | "delegation" | "key" | "outcome">> & {
  model?: string;
  project?: string;
};

/** The matching parties; undefined if the filter is empty. */
export function partiesAsked({ parties }: CallIndex, filter: Filter): Party[] | undefined {
  const { client, delegation, model, key, project, outcome } = filter;
  const asked = Object.entries({ client, delegation, model, key, project, outcome }).filter(
    ([, value]) => value !== undefined,
  ) as [keyof Filter, string][];
  if (asked.length === 0) return undefined;
  return [...parties.all()].filter((party) => asked.every(([name, value]) => party[name] === value));
}

type BySums = Map<Party, Sums>;

function sumByParty(index: CallIndex, period: Period, asked?: Party[]): BySums {
  const found: BySums = new Map();
  readSums(index, { period, longest: DAY, of: asked ?? "each" }, (id, _time, add) => {
    const party = index.parties.get(id);
    const sums = found.get(party) ?? noSums();
    add(sums);
    found.set(party, sums);
  });
  return found;
}

function seriesOf(index: CallIndex, period: Period, asked?: Party[]) {
  const intervalMs = intervalFor(period, index.minutesFrom());
  const points = beginnings(period, intervalMs).map((at) => ({ at, tally: newTally() }));
  const first = points[0]?.at ?? 0;
  readSums(index, { period, longest: intervalMs, of: asked ?? "all" }, (id, time, add) => {
    const point = points[Math.floor((time - first) / intervalMs)];
    if (point) add(point.tally[endingAll(id) ?? endingOf(index.parties.get(id).outcome)]);
  });
  const series: Point[] = points.map(({ at, tally }) => ({ at, ...totalsOf(tally) }));
  return { intervalMs, series };
}

function tallyOf(parties: BySums): Tally {
  const tally = newTally();
  for (const [party, sums] of parties) addSums(tally[endingOf(party.outcome)], sums);
  return tally;
}

function rowsBy(by: UsageBy, parties: BySums): UsageRow[] {
  const tallies = new Map<string | null, Tally>();
  for (const [party, sums] of parties) {
    const tally = tallies.get(party[by]) ?? newTally();
    addSums(tally[endingOf(party.outcome)], sums);
    tallies.set(party[by], tally);
  }
  return [...tallies]
    .map(([name, tally]) => ({ name, ...totalsOf(tally) }))
    .toSorted((a, b) => b.costUsd - a.costUsd || b.calls - a.calls || compare(a.name, b.name));
}

function countBy<T extends string>(parties: BySums, nameOf: (party: Party) => T | null): [T, number][] {
  const counts = new Map<T, number>();
  for (const [party, { calls }] of parties) {
    const name = nameOf(party);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + calls);
  }
  return [...counts].toSorted(([nameA, a], [nameB, b]) => b - a || compare(nameA, nameB));
}

function compare(a: string | null, b: string | null): number {
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

interface SumsQuery {
  period: Period;
  longest: number;
  /** Some parties, each party, or all parties together, by how calls ended (`endingAll`). */
  of: Party[] | "each" | "all";
}

/** Called with each row of sums: the party's number, the start of the span, and how to add the row to other sums. */
type Visit = (party: number, time: number, add: (sums: Sums) => void) => void;

function readSums(index: CallIndex, { period, longest, of }: SumsQuery, visit: Visit): void {
  for (const part of partsOf(withinCalls(index, period), { longest, minutesFrom: index.minutesFrom() })) {
    if (part.span === undefined) visitCalls(index, part, { of, visit });
    else visitSpans(index, part, { of, visit });
  }
}

/** The part of the period that can have calls: a period may start at the epoch or never end. */
function withinCalls({ database }: CallIndex, { since, until }: Period): Period {
  const row = database
    .prepare("SELECT (SELECT min(time) FROM call) AS first, (SELECT max(time) FROM call) AS last")
    .get();
  const { first, last } = row as { first: number | null; last: number | null };
  if (first === null || last === null) return { since, until: since };
  return {
    since: Math.max(since, Math.floor(first / DAY) * DAY),
    until: Math.min(until, (Math.floor(last / DAY) + 1) * DAY),
  };
}

interface Visiting {
  of: SumsQuery["of"];
  visit: Visit;
}

function visitSpans({ database }: CallIndex, { since, until, span }: Part, { of, visit }: Visiting): void {
  const { condition, values } = whose(of);
  const select = database.prepare(
    `SELECT ${USAGE_COLUMNS.join()}, time, party FROM usage
     WHERE span = ? AND time >= ? AND time < ? AND ${condition}`,
  );
  select.setReturnArrays(true);
  for (const row of select.iterate(span ?? MINUTE, since, until, ...values)) {
    const sums = row as unknown as SumsRow;
    visit(Number(sums.at(-1)), Number(sums.at(-2)), (to) => addRow(to, sums));
  }
}

function whose(of: SumsQuery["of"]): { condition: string; values: string[] } {
  if (of === "all") return { condition: "party < 0", values: [] };
  if (of === "each") return { condition: "party > 0", values: [] };
  const ids = JSON.stringify(of.map(({ id }) => id));
  return { condition: "party IN (SELECT value FROM json_each(?))", values: [ids] };
}

function visitCalls({ database }: CallIndex, { since, until }: Period, { of, visit }: Visiting): void {
  const wanted = typeof of === "string" ? undefined : new Set(of.map(({ id }) => id));
  const select = database.prepare(
    `SELECT time, party, input_tokens, output_tokens, cache_read_input_tokens, cache_write_input_tokens, cost_usd,
       reserved_tokens, reserved_cost_usd, first_byte_ms, total_ms
     FROM call WHERE time >= ? AND time < ?`,
  );
  for (const row of select.iterate(since, until)) {
    const { time, party, ...numbers } = row as Record<string, number | null>;
    if (wanted && !wanted.has(Number(party))) continue;
    visit(Number(party), Number(time), (to) => addCall(to, summedOf(numbers)));
  }
}

function summedOf(row: Record<string, number | null>): Summed {
  const { cost_usd = null, first_byte_ms = null, total_ms = null, reserved_cost_usd = null } = row;
  return {
    usage: {
      inputTokens: row["input_tokens"] ?? 0,
      outputTokens: row["output_tokens"] ?? 0,
      cacheReadInputTokens: row["cache_read_input_tokens"] ?? 0,
      cacheWriteInputTokens: row["cache_write_input_tokens"] ?? 0,
    },
    costUsd: cost_usd,
    reserved: { tokens: row["reserved_tokens"] ?? 0, costUsd: reserved_cost_usd },
    firstByteMs: first_byte_ms,
    totalMs: total_ms,
  };
}
