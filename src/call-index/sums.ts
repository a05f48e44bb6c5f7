/** Sums over calls. Dollars are added as whole nano-dollars, so that the order doesn't matter. */
import type { Usage } from "../audit/call-record.ts";
import { addEncoded, observe, percentile } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";
import type { IndexedCall, Percentiles, Totals } from "./types.ts";

/** Over calls of one party. */
export interface Sums {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Nano-dollars. */
  cost: number;
  unpriced: number;
  reservedTokens: number;
  /** Nano-dollars. */
  reservedCost: number;
  firstByte: Histogram;
  total: Histogram;
}

/** The numbers of `Sums`, in the order of the table's columns. */
export const COUNTED = [
  "calls",
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cost",
  "unpriced",
  "reservedTokens",
  "reservedCost",
] as const satisfies readonly (keyof Sums)[];

const NANO = 1e9;

export function noSums(): Sums {
  return {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cost: 0,
    unpriced: 0,
    reservedTokens: 0,
    reservedCost: 0,
    firstByte: new Map(),
    total: new Map(),
  };
}

/** The fields of a call that are summed. */
export type Summed = Pick<IndexedCall, "costUsd" | "reserved" | "firstByteMs" | "totalMs"> & {
  usage: Omit<Usage, "source" | "cacheWrite1hInputTokens"> | null;
};

export function addCall(sums: Sums, { usage, costUsd, reserved, firstByteMs, totalMs }: Summed): void {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  const { cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage ?? {};
  sums.calls += 1;
  sums.inputTokens += inputTokens;
  sums.outputTokens += outputTokens;
  sums.cacheReadTokens += cacheReadInputTokens;
  sums.cacheWriteTokens += cacheWriteInputTokens;
  sums.cost += nanoDollars(costUsd);
  const tokens = inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;
  if (tokens > 0 && typeof costUsd !== "number") sums.unpriced += 1;
  sums.reservedTokens += reserved?.tokens ?? 0;
  sums.reservedCost += nanoDollars(reserved?.costUsd);
  if (typeof firstByteMs === "number") observe(sums.firstByte, firstByteMs);
  if (typeof totalMs === "number") observe(sums.total, totalMs);
}

function nanoDollars(usd: number | null | undefined): number {
  return Math.round((usd ?? 0) * NANO);
}

export function dollars(nanoDollarsSpent: number): number {
  return nanoDollarsSpent / NANO;
}

/** What a row of `usage` holds from `calls` onwards: the numbers, then both histograms. */
export type SumsRow = (number | Uint8Array | null)[];

export function addRow(sums: Sums, row: SumsRow): void {
  COUNTED.forEach((name, index) => {
    sums[name] += row[index] as number;
  });
  addEncoded(sums.firstByte, row[COUNTED.length] as Uint8Array | null);
  addEncoded(sums.total, row[COUNTED.length + 1] as Uint8Array | null);
}

export function addSums(sums: Sums, other: Sums): void {
  for (const name of COUNTED) sums[name] += other[name];
  addHistogram(sums.firstByte, other.firstByte);
  addHistogram(sums.total, other.total);
}

function addHistogram(histogram: Histogram, other: Histogram): void {
  for (const [bucket, times] of other) histogram.set(bucket, (histogram.get(bucket) ?? 0) + times);
}

/** How totals classify calls. */
export const ENDINGS = ["ok", "failed", "refused"] as const;
export type Ending = (typeof ENDINGS)[number];

export function endingOf(outcome: IndexedCall["outcome"]): Ending {
  return outcome === "ok" || outcome === "refused" ? outcome : "failed";
}

export type Tally = Record<Ending, Sums>;

export function newTally(): Tally {
  return { ok: noSums(), failed: noSums(), refused: noSums() };
}

export function totalsOf({ ok, failed, refused }: Tally): Totals {
  const all = noSums();
  for (const sums of [ok, failed, refused]) addSums(all, sums);
  return {
    calls: ok.calls + failed.calls,
    failed: failed.calls,
    refused: refused.calls,
    inputTokens: all.inputTokens,
    outputTokens: all.outputTokens,
    cacheReadInputTokens: all.cacheReadTokens,
    cacheWriteInputTokens: all.cacheWriteTokens,
    costUsd: dollars(all.cost),
    unpricedCalls: all.unpriced,
    firstByteMs: percentilesOf(all.firstByte),
    totalMs: percentilesOf(all.total),
  };
}

function percentilesOf(histogram: Histogram): Percentiles {
  const at = (share: number) => percentile(histogram, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
