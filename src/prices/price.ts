/** A call's cost by a table of prices: unknown stays unknown, and never counts as zero. */
import type { TokenCounts } from "../bedrock/usage.ts";
import { matchesPattern } from "../core/model.ts";

/** US dollars for a million tokens. A missing price is unknown. */
export interface Price {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
}

/** A line of the table. The first that matches a call counts. */
export interface PriceEntry extends Price {
  /** A model as callers and grants name it, profile prefix included; `*` is any text. */
  model: string;
  /** Source regions; default: any. `*` is any text. */
  regions?: readonly string[];
  /** Service tier, or `optimized` for latency-optimized inference; default: `default`. */
  tier?: string;
  /** Where the price is published. */
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

/** US dollars; undefined if tokens were used that the price doesn't cover. */
export function costOf(
  { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens }: TokenCounts,
  { input, output, cacheRead, cacheWrite }: Price,
): number | undefined {
  if (cacheReadInputTokens > 0 && cacheRead === undefined) return undefined;
  if (cacheWriteInputTokens > 0 && cacheWrite === undefined) return undefined;
  const total =
    inputTokens * input +
    outputTokens * output +
    cacheReadInputTokens * (cacheRead ?? 0) +
    cacheWriteInputTokens * (cacheWrite ?? 0);
  return total / MILLION;
}
