/**
 * catalogue.json: Bedrock's models and inference profiles. litellm lists most; genai-prices confirms and adds; what
 * neither says is in by-hand.json. Where they differ, `differences` has each value and the choice.
 */
import type { ByHand, Catalogue, Difference, Model, Note, Profile } from "./form.ts";
import { readGenaiPrices, type GenaiListed } from "./genai-prices.ts";
import { readLitellm, type Listed, type LitellmEntry } from "./litellm.ts";
import { modelFacts } from "./model-facts.ts";
import type { Packages } from "./packages.ts";

const LITELLM = "litellm";
const GENAI = "genai-prices";
const BY_HAND = "by hand";

export function catalogue(packages: Packages, byHand: ByHand): Catalogue {
  const listed = readLitellm(packages);
  const second = readGenaiPrices(packages);
  const differences: Difference[] = [];
  const models = modelsOf(listed, second, differences);
  const profiles = profilesOf(listed, second, models, differences);
  return {
    version: byHand.version,
    sources: [packages.source(LITELLM), packages.source(GENAI), `${BY_HAND} ${byHand.version}`],
    geographies: byHand.geographies.toSorted(byId),
    models: noted(models, byHand.models, differences).toSorted(byId),
    profiles: noted(profiles, byHand.profiles, differences).toSorted(byId),
    differences: differences.toSorted((a, b) => (a.about + a.field < b.about + b.field ? -1 : 1)),
  };
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function modelsOf(listed: Listed[], second: GenaiListed[], differences: Difference[]): Model[] {
  const entries = Map.groupBy(listed, ({ model }) => model);
  const models = [...entries].map(([id, found]) => fromLitellm(id, found, differences));
  const known = new Set(models.map(({ id }) => unversioned(id)));
  const added = second.filter(({ model }) => !known.has(unversioned(model)));
  const more = new Map(added.map((found) => [found.model, fromGenai(found)]));
  for (const { id } of more.values())
    differences.push(
      existence(id, [GENAI], "listed: a name too many costs a question to AWS, one too few a call"),
    );
  const byModel = new Map(second.map((found) => [unversioned(found.model), found]));
  return [...models, ...more.values()].map((model) =>
    confirmed(model, byModel.get(unversioned(model.id)), differences),
  );
}

/** genai-prices has patterns for ids, whose endings it makes up: `anthropic.claude-opus-4-5-v1:0`. */
function unversioned(id: string): string {
  return id.replace(/(?:-[0-9]{8})?(?:-v[0-9]+)?(?::[0-9]+)?$/, "");
}

function fromLitellm(id: string, found: Listed[], differences: Difference[]): Model {
  const ranked = found.toSorted((a, b) => rankOf(a) - rankOf(b));
  const own = ranked.filter(({ region }) => region === undefined);
  const entry = Object.assign({}, ...ranked.toReversed().map((one) => one.entry)) as LitellmEntry;
  const provider = id.split(".")[0] ?? "";
  for (const field of ["max_input_tokens", "max_output_tokens"] as const)
    disagreement(id, field, own, entry[field], differences);
  const facts = modelFacts({ ...entry, ...lifeOf(own) }, provider);
  const regions = found.map(({ region }) => region).filter((region) => region !== undefined);
  const runtime = found.some(({ endpoint }) => endpoint === "runtime");
  const mantle = found.some(({ endpoint }) => endpoint === "mantle");
  return {
    id,
    provider,
    endpoints: [...(runtime ? (["runtime"] as const) : []), ...(mantle ? (["mantle"] as const) : [])],
    ...facts,
    ...openaiPathsOf(found),
    ...(regions.length === 0 ? {} : { regions: [...new Set(regions)].toSorted() }),
    listedBy: [LITELLM],
  };
}

/** The model's own entry first, then its profiles', then mantle's, then those for one region. */
function rankOf({ endpoint, geography, region }: Listed): number {
  return (region === undefined ? 0 : 4) + (endpoint === "mantle" ? 2 : 0) + (geography === undefined ? 0 : 1);
}

function openaiPathsOf(found: Listed[]): Pick<Model, "openaiPaths"> {
  const paths = (of: Listed["endpoint"]) => [
    ...new Set(
      found.flatMap(({ endpoint, entry }) => (endpoint === of ? (entry.supported_endpoints ?? []) : [])),
    ),
  ];
  const [runtime, mantle] = [paths("runtime").toSorted(), paths("mantle").toSorted()];
  if (runtime.length + mantle.length === 0) return {};
  return {
    openaiPaths: { ...(runtime.length > 0 && { runtime }), ...(mantle.length > 0 && { mantle }) },
  };
}

/** A model ends when all of its entries do; a profile may end before. */
function lifeOf(own: Listed[]): Pick<LitellmEntry, "deprecation_date" | "successor_model"> {
  const bare = own.find(({ geography }) => geography === undefined)?.entry ?? own[0]?.entry;
  const { deprecation_date, successor_model } = bare ?? {};
  return { deprecation_date, successor_model } as Pick<LitellmEntry, "deprecation_date" | "successor_model">;
}

function disagreement(
  about: string,
  field: "max_input_tokens" | "max_output_tokens",
  own: Listed[],
  choice: unknown,
  differences: Difference[],
): void {
  const values = own
    .filter(({ entry }) => entry[field] !== undefined)
    .map(({ entry, geography, endpoint }) => ({
      source: [
        LITELLM,
        geography === undefined ? undefined : `${geography}.`,
        endpoint === "mantle" ? endpoint : undefined,
      ]
        .filter((part) => part !== undefined)
        .join(" "),
      value: entry[field],
    }));
  if (new Set(values.map(({ value }) => value)).size < 2) return;
  const why = "the model's own entry";
  differences.push({
    about,
    field: field === "max_input_tokens" ? "maxInputTokens" : "maxOutputTokens",
    values,
    choice,
    why,
  });
}

function fromGenai({ model, name, contextWindow }: GenaiListed): Model {
  return {
    id: model,
    provider: model.split(".")[0] ?? "",
    ...(name === undefined ? {} : { name }),
    mode: "chat",
    endpoints: ["runtime"],
    input: ["TEXT"],
    output: ["TEXT"],
    streaming: true,
    ...(contextWindow === undefined ? {} : { maxInputTokens: contextWindow }),
    listedBy: [],
  };
}

/** Adds what the second list says of a model. */
function confirmed(model: Model, second: GenaiListed | undefined, differences: Difference[]): Model {
  if (second === undefined) return model;
  const { id, maxInputTokens } = model;
  const { contextWindow, name } = second;
  if (maxInputTokens !== undefined && contextWindow !== undefined && far(maxInputTokens, contextWindow)) {
    const values = [
      { source: LITELLM, value: maxInputTokens },
      { source: GENAI, value: contextWindow },
    ];
    const why = "genai-prices gives whole context windows, input and output together";
    differences.push({ about: id, field: "maxInputTokens", values, choice: maxInputTokens, why });
  }
  return { ...model, ...(name === undefined ? {} : { name }), listedBy: [...model.listedBy, GENAI] };
}

/** 128,000 and 131,072 are the same figure, rounded differently. */
function far(a: number, b: number): boolean {
  return Math.max(a, b) / Math.min(a, b) > 1.05;
}

function profilesOf(
  listed: Listed[],
  second: GenaiListed[],
  models: Model[],
  differences: Difference[],
): Profile[] {
  const ends = new Map(models.map(({ id, endOfLife }) => [id, endOfLife]));
  const geographies = new Set(listed.map(({ geography }) => geography));
  const first = listed
    .filter((found) => found.geography !== undefined && found.region === undefined)
    .map(({ model, geography = "", entry: { deprecation_date: end, successor_model: successor } }) => ({
      id: `${geography}.${model}`,
      geography,
      model,
      ...(end === undefined || end === ends.get(model) ? {} : { endOfLife: end }),
      ...(successor === undefined ? {} : { successor }),
      listedBy: [LITELLM],
    }));
  const profiles = new Map<string, Profile>(first.map((profile) => [profile.id, profile]));
  for (const name of second.flatMap(({ names }) => names)) {
    const [geography = ""] = name.split(".");
    const model = name.slice(geography.length + 1);
    if (!geographies.has(geography) || !ends.has(model)) continue;
    const known = profiles.get(name);
    profiles.set(name, {
      ...(known ?? { id: name, geography, model }),
      listedBy: [...(known?.listedBy ?? []), GENAI],
    });
    if (known === undefined)
      differences.push(
        existence(name, [GENAI], "listed: a name too many costs a question to AWS, one too few a call"),
      );
  }
  return [...profiles.values()];
}

function existence(about: string, by: string[], why: string): Difference {
  const values = [LITELLM, GENAI].map((source) => ({ source, value: by.includes(source) }));
  return { about, field: "exists", values, choice: true, why };
}

/** Applies what is known by hand; a note on an id that no package lists adds it. */
function noted<Entry extends { id: string; listedBy: string[] }>(
  entries: Entry[],
  notes: Note<Partial<Entry>>[],
  differences: Difference[],
): Entry[] {
  const byName = new Map(entries.map((entry) => [entry.id, entry]));
  for (const { ids, facts, source } of notes) {
    for (const pattern of ids) {
      const known = [...byName.values()].filter(({ id }) => matches(pattern, id));
      const missing = known.length === 0 && !pattern.includes("*");
      for (const entry of missing
        ? [{ id: pattern, listedBy: [BY_HAND] } as Partial<Entry> as Entry]
        : known) {
        for (const [field, value] of Object.entries(facts))
          contradiction(entry, field, value, source, differences);
        byName.set(entry.id, { ...entry, ...facts });
      }
    }
  }
  return [...byName.values()];
}

function matches(pattern: string, id: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join(".*")}$`).test(id);
}

function contradiction(
  entry: { id: string; listedBy: string[] },
  field: string,
  value: unknown,
  source: string,
  differences: Difference[],
): void {
  const was = (entry as Record<string, unknown>)[field];
  const ends = field === "endOfLife" && entry.listedBy[0] !== BY_HAND;
  if (!ends && was === undefined) return;
  if (JSON.stringify(was) === JSON.stringify(value)) return;
  const values = [
    { source: entry.listedBy.join(", "), value: was ?? null },
    { source, value },
  ];
  differences.push({ about: entry.id, field, values, choice: value, why: "AWS's own page" });
}
