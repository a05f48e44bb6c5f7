/** A call's cost by a table of prices: unknown stays unknown, and never counts as zero. */
import type { Rates, TierRates } from "../../facts/price-form.ts";
import type { TokenCounts } from "../bedrock/usage.ts";
import { matchesPattern } from "../core/model.ts";

/** Of one tier: all rates that are known, in US dollars for a million tokens. */
export type Price = TierRates;

/** A line of the table. The first that matches a call counts. */
export interface PriceEntry extends Price {
  /** A model as callers and grants name it, profile prefix included; `*` is any text. */
  model: string;
  /** Source regions; default: any. `*` is any text. */
  regions?: readonly string[];
  /** Service tier, `optimized` for latency-optimized inference, or `batch` for batch inference; default: `default`. */
  tier?: string;
  /** Who lists it: packages with their versions, or the operator's file. */
  source: string;
}

export interface PriceTable {
  /** Identifies the table in each outcome. */
  version: string;
  entries: readonly PriceEntry[];
}

export interface Prices {
  readonly version: string;
  readonly entries: readonly PriceEntry[];
  /** Undefined if the table has no line for it. */
  priceOf(model: string, region: string, tier: string): Price | undefined;
}

const MILLION = 1e6;
/** More than there are models; any others are looked up each time. */
const REMEMBERED = 10_000;

export function createPrices({ version, entries }: PriceTable): Prices {
  const known = new Map<string, Price | undefined>();
  const find = (model: string, region: string, tier: string) =>
    entries.find(
      (entry) =>
        (entry.tier ?? "default") === tier &&
        matchesPattern(entry.model, model) &&
        (entry.regions ?? ["*"]).some((each) => matchesPattern(each, region)),
    );
  return {
    version,
    entries,
    priceOf(model, region, tier) {
      const key = `${model}\n${region}\n${tier}`;
      if (known.has(key)) return known.get(key);
      const found = find(model, region, tier);
      if (known.size < REMEMBERED) known.set(key, found);
      return found;
    },
  };
}

/** A call's tokens, and how many of those written to the cache are kept for an hour: none if that isn't reported. */
export type PricedTokens = Omit<TokenCounts, "cacheWrite1hInputTokens"> & {
  cacheWrite1hInputTokens?: number | null;
};

/** US dollars; undefined if tokens were used that the price doesn't cover. */
export function costOf(used: PricedTokens, price: Price): number | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = used;
  const rates = ratesFor(inputTokens + cacheReadInputTokens + cacheWriteInputTokens, price);
  const forAnHour = Math.min(used.cacheWrite1hInputTokens ?? 0, cacheWriteInputTokens);
  const total =
    costAt(inputTokens, rates.input) +
    costAt(outputTokens, rates.output) +
    costAt(cacheReadInputTokens, rates.cacheRead) +
    costAt(cacheWriteInputTokens - forAnHour, rates.cacheWrite) +
    costAt(forAnHour, rates.cacheWrite1h);
  return Number.isNaN(total) ? undefined : total / MILLION;
}

/** The rates of a call with so many tokens of input in all. */
export function ratesFor(allInput: number, price: Price): Rates {
  return price.above?.findLast(({ tokens }) => allInput > tokens) ?? price;
}

/** NaN if the rate is unknown. */
function costAt(tokens: number, rate: number | undefined): number {
  if (tokens === 0) return 0;
  return rate === undefined ? Number.NaN : tokens * rate;
}
