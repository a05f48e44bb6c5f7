/** The form of prices.json. Data only: what no source says is absent, never guessed. */
import type { Difference } from "./form.ts";

/** US dollars for a million tokens. Absent: unknown. */
export interface Rates {
  input?: number;
  output?: number;
  cacheRead?: number;
  /** Writing for five minutes, Bedrock's default. */
  cacheWrite?: number;
  /** Writing for an hour. */
  cacheWrite1h?: number;
}

/**
 * Rates of all tokens of a call whose input (with what was read from the cache and written to it) is more than that
 * many tokens. Sources: litellm compares `prompt_tokens`, genai-prices `total_input_tokens`; both count all three.
 */
export interface Above extends Rates {
  tokens: number;
}

export interface TierRates extends Rates {
  input: number;
  output: number;
  /** By rising `tokens`. */
  above?: Above[];
}

/** What one model or profile costs. Of several that match a call, the first counts. */
export interface PriceLine {
  /** As calls name it: a foundation model's id, or a system-defined profile's. */
  model: string;
  /** Source regions; `*` is any text. Absent: any. */
  regions?: string[];
  /** By service tier, `batch` for batch inference. A tier that is absent has no known price. */
  tiers: Record<string, TierRates>;
  /** Who lists it: `litellm 1.110.2, genai-prices 0.2.3`. */
  source: string;
}

/** A model that is billed by more than its tokens: its calls' cost is unknown. */
export interface OtherUnits {
  model: string;
  /** litellm's names: `input_cost_per_image`. */
  units: string[];
}

export interface PriceFacts {
  sources: string[];
  prices: PriceLine[];
  otherUnits: OtherUnits[];
  differences: Difference[];
}
