import { describe, expect, it } from "vitest";
import { CATALOGUE_SOURCES } from "../bedrock/catalogue.ts";
import type { Delegation, ModelAlias } from "../core/delegation.ts";
import { newDelegation } from "../store/contract.ts";
import { endingsOf, endingText, grantsName } from "./endings.ts";

const SONNET_4 = "anthropic.claude-sonnet-4-20250514-v1:0";
const HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0";
const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
/** Sonnet 4 ends on 14 October 2026. */
const now = at("2026-09-01");

function granting(models: string[], aliases: ModelAlias[] = []): Delegation {
  const grants = [{ operations: ["*" as const], models, regions: ["us-east-1"], settings: [] }];
  return newDelegation({ grants, aliases });
}

const granted = (...models: string[]) =>
  endingsOf(granting(models), undefined, { now }).map((ending) => ending.granted);

describe(`models that end, by the catalogue (${CATALOGUE_SOURCES.join(", ")})`, () => {
  it("are those that are granted by name, as a profile or by ARN", () => {
    const arn = `arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.${SONNET_4}`;
    const names = [SONNET_4, `us.${SONNET_4}`, arn];
    expect(granted(...names, HAIKU, "guardrail/abc", "imported.thing")).toEqual(names);
  });

  it("are a pattern's if everything that it matches ends, not if something goes on", () => {
    expect(granted("us.anthropic.claude-sonnet-4-2025*", `*.${SONNET_4}`)).toHaveLength(2);
    expect(granted("us.anthropic.*", "*", "anthropic.claude-*", "us.nothing-like-this*")).toEqual([]);
  });

  it("come with the day, the successor and the aliases that lead there", () => {
    const aliases: ModelAlias[] = [
      { name: "fast", model: `us.${SONNET_4}` },
      {
        name: "arn",
        model: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/x",
        base: SONNET_4,
      },
    ];
    const [profile, base] = endingsOf(granting(["us.*"], aliases), undefined, { now });
    expect(profile).toEqual({
      granted: `us.${SONNET_4}`,
      aliases: ["fast"],
      model: `us.${SONNET_4}`,
      endsAt: at("2026-10-14"),
      source: "catalogue",
      successor: "us.anthropic.claude-sonnet-5",
    });
    expect(base).toMatchObject({
      granted: SONNET_4,
      aliases: ["arn"],
      successor: "anthropic.claude-sonnet-5",
    });
  });

  it("are reported from 60 days before, and after they have ended", () => {
    const seen = (day: string) => endingsOf(granting([SONNET_4]), undefined, { now: at(day) });
    expect(seen("2026-08-14")).toEqual([]);
    const [soon] = seen("2026-08-15");
    expect(soon && endingText(soon, at("2026-08-15"))).toBe(
      `${SONNET_4} ends on 2026-10-14 by the catalogue`,
    );
    const [past] = seen("2027-01-01");
    expect(past && endingText(past, at("2027-01-01"))).toContain("ended on 2026-10-14");
  });

  it("are found behind a wide pattern if they were used", () => {
    const used = [`us.${SONNET_4}`, `us.${HAIKU}`];
    const endings = endingsOf(granting(["us.anthropic.*"]), undefined, { now, used });
    expect(endings.map((ending) => ending.granted)).toEqual([`us.${SONNET_4}`]);
  });

  it("are none of a revoked delegation", () => {
    expect(endingsOf({ ...granting([SONNET_4]), state: "revoked" }, undefined, { now })).toEqual([]);
  });
});

describe("the account's own answer", () => {
  const ask = (lifecycles: { model: string; legacy: boolean; endsAt?: number }[]) =>
    endingsOf(granting([`us.${SONNET_4}`, HAIKU]), { lifecycles }, { now });

  it("overrides the catalogue: another day, a new one, or none", () => {
    expect(ask([{ model: SONNET_4, legacy: true, endsAt: at("2026-10-20") }])).toMatchObject([
      { granted: `us.${SONNET_4}`, endsAt: at("2026-10-20"), source: "aws" },
    ]);
    expect(ask([{ model: SONNET_4, legacy: false }])).toEqual([]);
    expect(ask([{ model: HAIKU, legacy: true, endsAt: at("2026-09-15") }])).toMatchObject([
      { granted: HAIKU, source: "aws" },
      { granted: `us.${SONNET_4}`, source: "catalogue" },
    ]);
  });
});

describe("a name", () => {
  it("is granted if any grant's pattern or ARN matches its id", () => {
    const arn = "arn:aws:bedrock:*::foundation-model/anthropic.*";
    expect(grantsName(granting(["us.amazon.*", arn]), HAIKU)).toBe(true);
    expect(grantsName(granting(["us.amazon.*", arn]), `us.${HAIKU}`)).toBe(false);
    expect(grantsName(granting(["us.amazon.*"]), "us.amazon.nova-pro-v1:0")).toBe(true);
  });
});
