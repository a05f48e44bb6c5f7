import { describe, expect, it } from "vitest";
import {
  CATALOGUE_SOURCES,
  CATALOGUE_VERSION,
  GEOGRAPHIES,
  MODELS,
  PROFILES,
  catalogueModel,
  catalogueProfile,
  endOfLife,
  endsWithin,
  isEnded,
  namesIn,
} from "./catalogue.ts";

const HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0";
const SONNET_4 = "anthropic.claude-sonnet-4-20250514-v1:0";
const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

describe(`the catalogue (${CATALOGUE_SOURCES.join(", ")})`, () => {
  it("finds a model by its id, by a profile's, and by an ARN of either", () => {
    const arn = "arn:aws:bedrock:us-east-1:111122223333:inference-profile";
    for (const name of [
      HAIKU,
      `eu.${HAIKU}`,
      `arn:aws:bedrock:us-east-1::foundation-model/${HAIKU}`,
      `${arn}/us.${HAIKU}`,
    ])
      expect(catalogueModel(name)?.id).toBe(HAIKU);
    expect(catalogueProfile(`${arn}/us.${HAIKU}`)?.geography).toBe("us");
    expect(catalogueModel("arn:aws:bedrock:us-east-1:111122223333:imported-model/abc")).toBeUndefined();
    expect(catalogueModel("no.such-model")).toBeUndefined();
  });

  it("finds the model behind a profile that it doesn't list, in a geography that it knows", () => {
    expect(catalogueProfile(`in.${SONNET_4}`)).toBeUndefined();
    expect(catalogueModel(`in.${SONNET_4}`)?.id).toBe(SONNET_4);
    expect(catalogueModel(`xx.${SONNET_4}`)).toBeUndefined();
  });

  it("knows on which day a model ends, and where it goes on", () => {
    expect(endOfLife(SONNET_4)).toBe(at("2026-10-14"));
    expect(isEnded(SONNET_4, at("2026-10-14") - 1)).toBe(false);
    expect(isEnded(SONNET_4, at("2026-10-14"))).toBe(true);
    expect(isEnded(`us.${SONNET_4}`, at("2026-10-14"))).toBe(true);
    expect(endOfLife(HAIKU)).toBeUndefined();
    const haiku3 = "anthropic.claude-3-haiku-20240307-v1:0";
    expect(isEnded(haiku3, at("2026-09-10"))).toBe(true);
    expect(isEnded(haiku3, at("2026-09-10"), "us-east-1")).toBe(true);
    expect(isEnded(haiku3, at("2026-09-10"), "sa-east-1")).toBe(false);
  });

  it("says by which names a model is called from a region, its geography's profile first", () => {
    const named = (id: string, region: string) => namesIn(catalogueModel(id) ?? MODELS[0]!, region);
    expect(named(HAIKU, "ap-northeast-1")).toEqual([`jp.${HAIKU}`, `global.${HAIKU}`]);
    expect(named("amazon.nova-micro-v1:0", "us-east-1")).toEqual([
      "us.amazon.nova-micro-v1:0",
      "amazon.nova-micro-v1:0",
    ]);
    expect(named("amazon.titan-embed-text-v2:0", "us-gov-west-1")).toEqual(["amazon.titan-embed-text-v2:0"]);
    expect(named("meta.llama3-3-70b-instruct-v1:0", "eu-central-1")).toEqual([]);
  });

  it("says what ends within some days", () => {
    expect(endsWithin(SONNET_4, 60, at("2026-08-14"))).toBe(false);
    expect(endsWithin(SONNET_4, 61, at("2026-08-14"))).toBe(true);
    expect(endsWithin(HAIKU, 10_000, at("2026-08-14"))).toBe(false);
  });

  it("has each profile's model and geography, sorted, and a version that is a day", () => {
    for (const { id, geography, model } of PROFILES) {
      expect(id).toBe(`${geography}.${model}`);
      expect(GEOGRAPHIES.has(geography), geography).toBe(true);
      expect(catalogueModel(model)?.id).toBe(model);
    }
    for (const list of [MODELS, PROFILES]) {
      const ids = list.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted());
    }
    expect(new Date(CATALOGUE_VERSION).toISOString().slice(0, 10)).toBe(CATALOGUE_VERSION);
  });
});
