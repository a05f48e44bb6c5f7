/** The prices of litellm and of genai-prices, each brought to the same form: rates by name, with their threshold. */
import { genaiModels, type Clause, type GenaiModel, type GenaiPrice } from "./genai-prices.ts";
import { readLitellm, type Listed } from "./litellm.ts";
import type { Packages } from "./packages.ts";
import type { Rates } from "./price-form.ts";

/** `input`, or `input>200000` beyond a threshold: US dollars for a million tokens. */
export type Flat = Record<string, number>;

/** By tier. */
export type Tiers = Record<string, Flat>;

const LITELLM_NAMES: readonly [string, keyof Rates][] = [
  ["input_cost_per_token", "input"],
  ["output_cost_per_token", "output"],
  ["cache_read_input_token_cost", "cacheRead"],
  ["cache_creation_input_token_cost_above_1hr", "cacheWrite1h"],
  ["cache_creation_input_token_cost", "cacheWrite"],
];

/** What may follow: `_above_200k_tokens`, then `_batches`. */
const REST = /^(?:_above_([0-9]+)k_tokens)?(?:_(flex|priority|ultrafast|batches))?$/;

export function litellmTiers({ entry }: Listed): Tiers {
  const tiers: Tiers = {};
  for (const [name, value] of costsOf(entry)) {
    const [prefix, rate] = LITELLM_NAMES.find(([start]) => name.startsWith(start)) ?? [];
    const rest = prefix === undefined ? null : REST.exec(name.slice(prefix.length));
    if (rest === null || rate === undefined) continue;
    const [, thousands, suffix = "default"] = rest;
    const tier = suffix === "batches" ? "batch" : suffix;
    const key = thousands === undefined ? rate : `${rate}>${thousands}000`;
    tiers[tier] = { ...tiers[tier], [key]: million(value) };
  }
  return tiers;
}

/** A million times a price, without the noise of binary fractions. */
function million(price: number): number {
  return Number((price * 1e6).toPrecision(12));
}

function costsOf(entry: object): [string, number][] {
  return Object.entries(entry).filter(
    (pair): pair is [string, number] => pair[0].includes("cost") && typeof pair[1] === "number",
  );
}

/** Prices by anything but tokens, or of tokens that cost more than others of the same direction. */
export function otherUnitsOf({ entry }: Listed): string[] {
  const costs = new Map(costsOf(entry));
  return [...costs]
    .filter(([name, price]) => {
      const direction = /^(input|output)_cost_per_(.+)$/.exec(name);
      if (direction === null || REST.test(direction[2]?.replace(/^token/, "") ?? "")) return false;
      const isToken = name.endsWith("_token");
      return price > 0 && !(isToken && price === costs.get(`${direction[1]}_cost_per_token`));
    })
    .map(([name]) => name);
}

const GENAI_NAMES: readonly [string, keyof Rates][] = [
  ["input_mtok", "input"],
  ["output_mtok", "output"],
  ["cache_read_mtok", "cacheRead"],
  ["cache_write_mtok", "cacheWrite"],
  ["cache_write_1h_mtok", "cacheWrite1h"],
];

export function genaiRates({ prices }: GenaiModel): Flat {
  const price = pricesOf(prices);
  const flat: Flat = {};
  for (const [name, rate] of GENAI_NAMES) {
    const value = price[name];
    if (value === undefined) continue;
    if (typeof value === "string") {
      flat[rate] = Number(value);
      continue;
    }
    flat[rate] = Number(value.base);
    for (const { start, price: above } of value.tiers) flat[`${rate}>${start}`] = Number(above);
  }
  return flat;
}

/** Later prices apply from their start; all of them have begun by the time that a version is pinned. */
function pricesOf(prices: GenaiModel["prices"]): GenaiPrice {
  return Array.isArray(prices) ? (prices.at(-1)?.prices ?? {}) : prices;
}

/** Whether a model is billed by audio, too. */
export function genaiUnits({ prices }: GenaiModel): string[] {
  return Object.keys(pricesOf(prices)).filter((name) => name.includes("audio"));
}

/** The first model whose pattern matches counts; `spelled`: the part of the pattern that matched. */
export function genaiMatch(
  models: readonly GenaiModel[],
  name: string,
): { model: GenaiModel; spelled: string } | undefined {
  for (const model of models) {
    const spelled = matched(model.match, name);
    if (spelled !== undefined) return { model, spelled };
  }
  return undefined;
}

function matched(clause: Clause, name: string): string | undefined {
  const { equals, contains, starts_with: start, ends_with: end, or_: any = [] } = clause;
  if (equals === name) return equals;
  if (contains !== undefined && name.includes(contains)) return contains;
  if (start !== undefined && name.startsWith(start)) return start;
  if (end !== undefined && name.endsWith(end)) return end;
  for (const each of any) {
    const spelled = matched(each, name);
    if (spelled !== undefined) return spelled;
  }
  return undefined;
}

/** prices.raw.json: the prices as their packages have them, for tests that compute costs a second time. */
export function rawPrices(packages: Packages): object {
  return {
    sources: [packages.source("litellm"), packages.source("genai-prices")],
    litellm: Object.fromEntries(
      readLitellm(packages).map(({ name, entry }) => [name, Object.fromEntries(costsOf(entry))]),
    ),
    genai: genaiModels(packages).map(({ id, match, prices }) => ({ id, match, prices })),
  };
}
