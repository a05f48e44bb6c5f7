/** What genai-prices lists of Bedrock's models: a second opinion on which exist, and on context windows (MIT). */
import type { Packages } from "./packages.ts";

/** A condition on a model's name; those of composed ones are in `or_`. */
export interface Clause {
  type: string;
  equals?: string;
  contains?: string;
  ends_with?: string;
  starts_with?: string;
  or_?: Clause[];
}

export interface GenaiModel {
  /** `global.anthropic.claude-opus-5-5`, `regional.anthropic.claude-opus-5-5`, `mistral.devstral-2-123b` */
  id: string;
  name?: string;
  context_window?: number;
  match: Clause;
  /** By start, the last one in force; price-sources.ts reads them. */
  prices: GenaiPrice | { prices: GenaiPrice }[];
}

/** US dollars for a million tokens, as text: `input_mtok`, `cache_write_1h_mtok`, … */
export type GenaiPrice = Record<
  string,
  string | { base: string; tiers: { start: number; price: string }[] } | undefined
>;

interface GenaiProvider {
  id: string;
  models: GenaiModel[];
}

export interface GenaiListed {
  /** Without `global.` or `regional.`. */
  model: string;
  name?: string;
  contextWindow?: number;
  /** Names that its condition spells out: `us.anthropic.claude-opus-5-5`. */
  names: string[];
}

/** What it has of Bedrock. */
export function genaiModels(packages: Packages): GenaiModel[] {
  const providers = packages.literals("genai-prices", "genai_prices/data.py", "providers") as GenaiProvider[];
  const bedrock = providers.find(({ id }) => id === "aws");
  if (bedrock === undefined) throw new Error("genai-prices has no provider aws");
  return bedrock.models;
}

export function readGenaiPrices(packages: Packages): GenaiListed[] {
  return genaiModels(packages).map(({ id, name, context_window: contextWindow, match }) => ({
    model: id.replace(/^(?:global|regional)\./, ""),
    ...(name === undefined ? {} : { name: name.replace(/ \((?:global|regional)\)$/, "") }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
    names: [...new Set(namesIn(match))],
  }));
}

function namesIn({ equals, contains, ends_with, or_ = [] }: Clause): string[] {
  const own = [equals, contains, ends_with].filter((name) => name !== undefined);
  return [...own.map((name) => name.replace(/^\//, "")), ...or_.flatMap(namesIn)];
}
