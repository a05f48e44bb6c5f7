/**
 * Costs computed a second time, from the packages' own tables and field names (facts/prices.raw.json) in whole numbers,
 * by nothing that makes or reads facts/prices.json. The usage comes as Bedrock and Claude write it.
 */
import { describe, expect, it } from "vitest";
import raw from "../../facts/prices.raw.json" with { type: "json" };
import { countsFromBody } from "../bedrock/usage.ts";
import { BUILT_IN } from "./built-in.ts";
import { costOf, createPrices } from "./price.ts";

const SEED = 20_261_201;
const USAGES = 100_000;
/** Prices are whole multiples of 10⁻¹⁵ dollars a token. */
const SCALE = 15;

const LITELLM = Object.entries(raw.litellm as Record<string, Record<string, number>>);
const SUFFIXES: Record<string, string> = {
  default: "",
  flex: "_flex",
  priority: "_priority",
  batch: "_batches",
};
const TIERS = [
  "default",
  "default",
  "default",
  "default",
  "flex",
  "priority",
  "batch",
  "ultrafast",
  "reserved",
];

interface Used {
  input: number;
  output: number;
  read: number;
  written5m: number;
  written1h: number;
}

/** The prices of one package's entry by litellm's field names, in whole numbers. */
type Entry = Map<string, bigint>;

function whole(price: number | string, power = SCALE): bigint {
  const [digits = "0", exponent = "0"] = String(price).split("e");
  const [integer = "0", fraction = ""] = digits.split(".");
  const zeros = power + Number(exponent) - fraction.length;
  if (zeros < 0) throw new Error(`${price} is finer than 1e-${power}`);
  return BigInt(integer + fraction) * 10n ** BigInt(zeros);
}

/** Of a name in a region: its entries for the region, and in the United States its entries for no region. */
function entriesOf(name: string, region: string): Entry[][] {
  const found = [region, ...(/^us-(?:east|west)-/.test(region) ? ["none"] : [])];
  return found.map((where) => entriesIn(name, where)).filter((entries) => entries.length > 0);
}

function entriesIn(name: string, region: string): Entry[] {
  const named = LITELLM.filter(([key]) => key.split("/").at(-1) === name);
  const here = named.filter(([key]) => key.split("/").includes(region));
  if (region !== "none" && here.length === 0) return [];
  const chosen = here.length > 0 ? here : named.filter(([key]) => !/\b[a-z]+-[a-z-]+-\d\//.test(key));
  const entries = chosen.map(
    ([, costs]): Entry => new Map(Object.entries(costs).map(([field, cost]) => [field, whole(cost)])),
  );
  const second = here.length > 0 ? undefined : genaiOf(name);
  return second ? [...entries, second] : entries;
}

interface GenaiRaw {
  match: Record<string, unknown>;
  prices: unknown;
}

const FIELDS: Record<string, string> = {
  input_mtok: "input_cost_per_token",
  output_mtok: "output_cost_per_token",
  cache_read_mtok: "cache_read_input_token_cost",
  cache_write_mtok: "cache_creation_input_token_cost",
  cache_write_1h_mtok: "cache_creation_input_token_cost_above_1hr",
  input_audio_mtok: "input_cost_per_audio_token",
  output_audio_mtok: "output_cost_per_audio_token",
};

/** genai-prices' first match, unless it says nothing about the geography in the name. */
function genaiOf(name: string): Entry | undefined {
  const tests: Record<string, (text: string) => boolean> = {
    equals: (text) => name === text,
    contains: (text) => name.includes(text),
    starts_with: (text) => name.startsWith(text),
    ends_with: (text) => name.endsWith(text),
  };
  for (const { match, prices } of raw.genai as unknown as GenaiRaw[]) {
    const clauses = (match["or_"] as Record<string, string>[] | undefined) ?? [
      match as Record<string, string>,
    ];
    const pairs = clauses.flatMap((clause) => Object.entries(clause));
    const hit = pairs.find(([kind, text]) => tests[kind]?.(text) === true);
    if (!hit) continue;
    const geography = /^(us-gov|eu|apac|jp|au|in|ca|global)\./.exec(name)?.[0];
    if (geography !== undefined && !hit[1].startsWith(geography)) return undefined;
    const current = Array.isArray(prices) ? (prices.at(-1) as { prices: object }).prices : (prices as object);
    return new Map(Object.entries(current).flatMap(([field, price]) => genaiFields(FIELDS[field], price)));
  }
  return undefined;
}

function genaiFields(field: string | undefined, price: unknown): [string, bigint][] {
  if (field === undefined) return [];
  if (typeof price === "string") return [[field, whole(price, SCALE - 6)]];
  const { base, tiers } = price as { base: string; tiers: { start: number; price: string }[] };
  return [
    [field, whole(base, SCALE - 6)],
    ...tiers.map((tier): [string, bigint] => [
      `${field}_above_${tier.start / 1000}k_tokens`,
      whole(tier.price, SCALE - 6),
    ]),
  ];
}

/** Whether images, seconds, queries or spoken words cost something of their own. */
function isBilledOtherwise(entry: Entry): boolean {
  return [...entry].some(([field, cost]) => {
    const [, way, unit] = /^(input|output)_cost_per_(.*(?:image|second|query|audio).*)$/.exec(field) ?? [];
    if (unit === undefined || cost === 0n) return false;
    return !unit.endsWith("_token") || cost !== entry.get(`${way}_cost_per_token`);
  });
}

/** A tier has a price if its plain tokens have. */
function hasTier(entries: Entry[], tier: string): boolean {
  const suffix = SUFFIXES[tier] ?? `_${tier}`;
  return ["input", "output"].every((way) =>
    entries.some((entry) => entry.has(`${way}_cost_per_token${suffix}`)),
  );
}

/** In 10⁻¹⁵ dollars; undefined if it can't be known. */
function secondCost(entries: Entry[], tier: string, used: Used): bigint | undefined {
  if (entries.length === 0 || entries.some(isBilledOtherwise)) return undefined;
  const suffix = SUFFIXES[tier] ?? `_${tier}`;
  const all = used.input + used.read + used.written5m + used.written1h;
  const thresholds = entries
    .flatMap((entry) => [...entry.keys()])
    .flatMap((field) => /_above_(\d+)k_tokens/.exec(field)?.[1] ?? []);
  const crossed = thresholds.map(Number).filter((thousands) => all > thousands * 1000);
  const above = crossed.length > 0 ? `_above_${Math.max(...crossed)}k_tokens` : "";
  const highest = (field: string) =>
    entries
      .map((entry) => entry.get(field))
      .filter((cost) => cost !== undefined)
      .toSorted((a, b) => (a < b ? 1 : -1))[0];
  let sum = 0n;
  for (const [tokens, field] of [
    [used.input, "input_cost_per_token"],
    [used.output, "output_cost_per_token"],
    [used.read, "cache_read_input_token_cost"],
    [used.written5m, "cache_creation_input_token_cost"],
    [used.written1h, "cache_creation_input_token_cost_above_1hr"],
  ] as const) {
    const rate = highest(`${field}${above}${suffix}`);
    if (tokens > 0 && rate === undefined) return undefined;
    sum += BigInt(tokens) * (rate ?? 0n);
  }
  return sum;
}

/** Within what binary fractions lose. */
function agrees(usd: number | undefined, expected: bigint | undefined): boolean {
  if (expected === undefined || usd === undefined) return expected === usd;
  const exact = Number(expected) / 10 ** SCALE;
  return Math.abs(usd - exact) <= exact * 1e-12;
}

/** As Converse or Claude's own API reports it. */
function reported(used: Used, asClaude: boolean): Buffer {
  const { input, output, read, written5m, written1h } = used;
  const written = written5m + written1h;
  const usage = asClaude
    ? {
        input_tokens: input,
        output_tokens: output,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written,
        cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
      }
    : {
        inputTokens: input,
        outputTokens: output,
        totalTokens: input + output + read + written,
        cacheReadInputTokens: read,
        cacheWriteInputTokens: written,
        cacheDetails: [
          { ttl: "5m", inputTokens: written5m },
          { ttl: "1h", inputTokens: written1h },
        ],
      };
  return Buffer.from(JSON.stringify({ usage }));
}

/** Mulberry32: numbers in [0, 1) that the seed decides. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`the cost of a call by ${raw.sources.join(" and ")}`, () => {
  const next = random(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
  const tokens = () =>
    pick([0, 1, Math.floor(next() * 1000), Math.floor(next() * 400_000), 100_000, 200_000, 272_000, 272_001]);
  /** Every model and profile, in each region that has prices of its own and in one that hasn't. */
  const listed = LITELLM.map(([key]) => key.split("/").at(-1) ?? "");
  const names = new Set([...listed, ...BUILT_IN.entries.map(({ model }) => model)]);
  const places = [...names].flatMap((name) => {
    const own = LITELLM.flatMap(([key]) =>
      key.endsWith(`/${name}`) ? (/[a-z]+(?:-[a-z]+)+-\d(?=\/)/.exec(key)?.[0] ?? []) : [],
    );
    const regions = [...new Set([...own, "us-east-1"])];
    return regions.map((region) => ({ name, region, entries: entriesOf(name, region) }));
  });

  it(`equals a second implementation's for ${USAGES.toLocaleString("en")} usages that have one, seed ${SEED}`, () => {
    const prices = createPrices(BUILT_IN);
    let known = 0;
    let unknown = 0;
    while (known < USAGES) {
      const { name, region, entries } = pick(places);
      const tier = pick(TIERS);
      const used = { input: tokens(), output: tokens(), read: 0, written5m: 0, written1h: 0 };
      if (next() < 0.5) used.read = tokens();
      if (next() < 0.3) used.written5m = tokens();
      if (next() < 0.2) used.written1h = tokens();
      const counts = countsFromBody(reported(used, next() < 0.5));
      const price = prices.priceOf(name, region, tier);
      const usd = price && counts && costOf(counts, price);
      const expected = secondCost(entries.find((each) => hasTier(each, tier)) ?? [], tier, used);
      const example = `${name} in ${region}, ${tier}: ${JSON.stringify(used)}`;
      if (expected === undefined) unknown++;
      else known++;
      expect({ example, agrees: agrees(usd, expected), usd }).toMatchObject({ agrees: true });
    }
    expect(unknown).toBeGreaterThan(USAGES);
  });
});
