/**
 * prices.json: what Bedrock's models and profiles cost, from litellm and genai-prices. litellm knows more places and
 * tiers; genai-prices confirms, and adds models. Where they differ, `differences` has both values and the choice.
 */
import type { Catalogue, Difference } from "./form.ts";
import { genaiModels, type GenaiModel } from "./genai-prices.ts";
import { readLitellm, type Listed } from "./litellm.ts";
import type { Packages } from "./packages.ts";
import type { Above, OtherUnits, PriceFacts, PriceLine, Rates, TierRates } from "./price-form.ts";
import {
  genaiMatch,
  genaiRates,
  genaiUnits,
  litellmTiers,
  otherUnitsOf,
  type Flat,
  type Tiers,
} from "./price-sources.ts";

const US = ["us-east-*", "us-west-*"];
/** Without GovCloud and China, whose prices differ. */
const COMMERCIAL = [...US, "af-*", "ap-*", "ca-*", "eu-*", "il-*", "me-*", "mx-*", "sa-*"];

/** What one source says of a name in a place. */
interface Opinion {
  source: string;
  tiers: Tiers;
}

interface Named {
  model: string;
  geography?: string;
  region?: string;
  /** litellm's entries; none: only genai-prices lists it. */
  listed: Listed[];
}

/** A line before its regions are known. */
interface Priced {
  named: Named;
  tiers: Tiers;
  source: string;
}

interface Sources {
  litellm: string;
  genai: string;
  second: GenaiModel[];
  differences: Difference[];
  otherUnits: OtherUnits[];
}

export function prices(packages: Packages, { models, profiles }: Catalogue): PriceFacts {
  const sources: Sources = {
    litellm: packages.source("litellm"),
    genai: packages.source("genai-prices"),
    second: genaiModels(packages),
    differences: [],
    otherUnits: [],
  };
  const names = namesOf(readLitellm(packages), [
    ...models.map(({ id }) => ({ model: id })),
    ...profiles.map(({ model, geography }) => ({ model, geography })),
  ]);
  const priced = names.map((named) => pricedBy(named, sources)).filter((found) => found !== undefined);
  return {
    sources: [sources.litellm, sources.genai],
    prices: linesOf(priced),
    otherUnits: sources.otherUnits,
    differences: sources.differences,
  };
}

/** Sorted; a model in one region comes before the model elsewhere. */
function namesOf(listed: Listed[], others: Pick<Named, "model" | "geography">[]): Named[] {
  const names = new Map<string, Named>();
  for (const one of listed) {
    const { model, geography, region } = one;
    const key = `${idOf(one)} ${region ?? "~"}`;
    const known = names.get(key);
    if (known) known.listed.push(one);
    else names.set(key, { model, ...(geography && { geography }), ...(region && { region }), listed: [one] });
  }
  for (const other of others) {
    const key = `${idOf(other)} ~`;
    if (!names.has(key)) names.set(key, { ...other, listed: [] });
  }
  return [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, named]) => named);
}

function idOf({ model, geography }: Pick<Named, "model" | "geography">): string {
  return geography === undefined ? model : `${geography}.${model}`;
}

function pricedBy(named: Named, sources: Sources): Priced | undefined {
  const { litellm, genai, second, differences, otherUnits } = sources;
  const id = idOf(named);
  const found = genaiMatch(second, id);
  const units = [
    ...new Set([...named.listed.flatMap(otherUnitsOf), ...(found ? genaiUnits(found.model) : [])]),
  ];
  if (units.length > 0) {
    if (named.region === undefined) otherUnits.push({ model: id, units });
    return undefined;
  }
  const opinions: Opinion[] = named.listed.map((one) => ({
    source: one.endpoint === "mantle" ? `${litellm} (mantle)` : litellm,
    tiers: litellmTiers(one),
  }));
  const blind = found !== undefined && !knowsPlace(named, found.spelled);
  if (found !== undefined && (!blind || opinions.length > 0))
    opinions.push({ source: genai, tiers: { default: genaiRates(found.model) } });
  const counted = blind ? opinions.slice(0, -1) : opinions;
  const tiers = dearest(counted);
  if (Object.keys(tiers).length === 0) return undefined;
  const difference = differenceOf(named, opinions, tiers, blind);
  if (difference !== undefined) differences.push(difference);
  const agreed = new Set(counted.map(({ source }) => source.replace(" (mantle)", "")));
  return { named, tiers, source: [...agreed].join(", ") };
}

/** genai-prices has patterns such as `amazon.nova-lite`: the price in the United States, whatever the place. */
function knowsPlace({ geography, region }: Named, spelled: string): boolean {
  if (region !== undefined) return false;
  return geography === undefined || geography === "us" || spelled.startsWith(`${geography}.`);
}

/** Of each rate the highest that a source has: a budget in dollars is not exceeded, whichever is right. */
function dearest(opinions: readonly Opinion[]): Tiers {
  const merged: Tiers = {};
  for (const { tiers } of opinions)
    for (const [tier, flat] of Object.entries(tiers)) {
      const rates = (merged[tier] ??= {});
      for (const [name, rate] of Object.entries(flat)) rates[name] = Math.max(rate, rates[name] ?? 0);
    }
  return Object.fromEntries(
    Object.entries(merged).filter(([, { input, output }]) => input !== undefined && output !== undefined),
  );
}

function differenceOf(
  named: Named,
  opinions: readonly Opinion[],
  tiers: Tiers,
  blind: boolean,
): Difference | undefined {
  const rates = tiers["default"] ?? {};
  const said = opinions.map(({ source, tiers: own }) => ({ source, value: own["default"] ?? {} }));
  const differing = Object.keys({ ...rates, ...said.at(-1)?.value }).filter((name) =>
    said.some(({ value }) => (value[name] ?? 0) !== (said[0]?.value[name] ?? 0)),
  );
  if (said.length < 2 || differing.length === 0) return undefined;
  const only = (flat: Flat) =>
    Object.fromEntries(differing.filter((name) => name in flat).map((name) => [name, flat[name]]));
  return {
    about: named.region === undefined ? idOf(named) : `${idOf(named)} in ${named.region}`,
    field: "price",
    values: said.map(({ source, value }) => ({ source, value: only(value) })),
    choice: only(rates),
    why: blind
      ? "litellm's is for this place; genai-prices has one price for all places"
      : "of each rate the highest that is listed, so that a budget is not exceeded",
  };
}

/** Regional entries with the same prices become one line. */
function linesOf(priced: Priced[]): PriceLine[] {
  const lines = new Map<string, PriceLine>();
  for (const one of priced) {
    const { named, source } = one;
    const tiers = tiersOf(one.tiers);
    const regions = regionsOf(one, priced);
    const line = { model: idOf(named), ...(regions && { regions }), tiers, source };
    const key = named.region === undefined ? line.model : `${line.model} ${JSON.stringify(tiers)}`;
    const known = lines.get(key);
    if (known?.regions && named.region !== undefined) known.regions.push(named.region);
    else lines.set(key, line);
  }
  return [...lines.values()];
}

/**
 * A profile's own name says where. A model by its own name costs the same in all commercial regions if its profiles of
 * several geographies cost that; otherwise the price is known for the United States only.
 */
function regionsOf({ named, tiers }: Priced, all: Priced[]): string[] | undefined {
  if (named.region !== undefined) return [named.region];
  if (named.geography !== undefined) return undefined;
  const geographic = all.filter(
    ({ named: { model, geography, region } }) =>
      model === named.model &&
      region === undefined &&
      geography !== undefined &&
      geography !== "global" &&
      geography !== "us-gov",
  );
  const same = geographic.every((one) => isSame(one.tiers["default"], tiers["default"]));
  return same && geographic.length > 1 ? COMMERCIAL : US;
}

function isSame(one: Flat | undefined, other: Flat | undefined): boolean {
  return ["input", "output", "cacheRead"].every((name) => one?.[name] === other?.[name]);
}

const ORDER: readonly (keyof Rates)[] = ["input", "output", "cacheRead", "cacheWrite", "cacheWrite1h"];

function tiersOf(tiers: Tiers): PriceLine["tiers"] {
  // A threshold of one tier is one of all: where a tier has no price beyond it, that is unknown.
  const thresholds = new Set(
    Object.values(tiers).flatMap((flat) =>
      Object.keys(flat).flatMap((name) => (name.includes(">") ? [Number(name.split(">")[1])] : [])),
    ),
  );
  return Object.fromEntries(
    Object.entries(tiers)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([tier, flat]) => {
        const above = [...thresholds]
          .toSorted((a, b) => a - b)
          .map((tokens): Above => ({ tokens, ...ratesOf(flat, `>${tokens}`) }));
        return [tier, { ...ratesOf(flat, ""), ...(above.length > 0 && { above }) } as TierRates];
      }),
  );
}

function ratesOf(flat: Flat, suffix: string): Rates {
  return Object.fromEntries(
    ORDER.filter((name) => `${name}${suffix}` in flat).map((name) => [name, flat[`${name}${suffix}`]]),
  );
}
