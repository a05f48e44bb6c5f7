/** Prices: which line of the table counts, what the operator's file adds, and that an unknown price is never zero. */
import facts from "../../facts/prices.json" with { type: "json" };
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT_IN } from "./built-in.ts";
import { ConfigError } from "../config/problems.ts";
import { loadPrices } from "./file.ts";
import { costOf, createPrices } from "./price.ts";

const SOURCES = facts.sources.join(", ");
const SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const counts = (
  inputTokens: number,
  outputTokens: number,
  cacheReadInputTokens = 0,
  cacheWriteInputTokens = 0,
  cacheWrite1hInputTokens?: number,
) => ({
  inputTokens,
  outputTokens,
  cacheReadInputTokens,
  cacheWriteInputTokens,
  ...(cacheWrite1hInputTokens !== undefined && { cacheWrite1hInputTokens }),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "signet-prices-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe(`the built-in prices (${SOURCES})`, () => {
  const prices = createPrices(BUILT_IN);

  it("match a model by its own name and by its profiles, with a separate price for the global one", () => {
    expect(prices.priceOf(SONNET, "eu-central-1", "default")).toMatchObject({ input: 3.3, output: 16.5 });
    expect(prices.priceOf(`us.${SONNET}`, "us-east-1", "default")).toMatchObject({ input: 3.3 });
    expect(prices.priceOf(`global.${SONNET}`, "us-east-1", "default")).toMatchObject({
      input: 3,
      cacheRead: 0.3,
    });
  });

  it("have GovCloud's own, and a tier's own", () => {
    expect(prices.priceOf(SONNET, "us-gov-west-1", "default")).toMatchObject({ input: 3.6, output: 18 });
    expect(prices.priceOf("amazon.nova-pro-v1:0", "us-east-1", "flex")).toMatchObject({ input: 0.4 });
    expect(prices.priceOf("amazon.nova-pro-v1:0", "us-east-1", "priority")).toMatchObject({ input: 1.4 });
    expect(prices.priceOf("amazon.nova-pro-v1:0", "us-east-1", "batch")).toMatchObject({ output: 1.6 });
  });

  it("have no price that no source lists: models billed by image or second, other tiers and regions", () => {
    for (const { model } of facts.otherUnits)
      expect(prices.priceOf(model, "us-east-1", "default")).toBeUndefined();
    expect(prices.priceOf(SONNET, "us-east-1", "priority")).toBeUndefined();
    expect(prices.priceOf(SONNET, "us-east-1", "reserved")).toBeUndefined();
    expect(prices.priceOf(SONNET, "cn-north-1", "default")).toBeUndefined();
    expect(prices.priceOf("amazon.nova-lite-v1:0", "eu-north-1", "default")).toBeUndefined();
  });

  it("don't derive reads from the cache from input: they cost from a fortieth to a quarter of it", () => {
    const share = (model: string) => {
      const { input = 0, cacheRead = 0 } = prices.priceOf(model, "us-east-1", "default") ?? {};
      return cacheRead / input;
    };
    expect(share("us.anthropic.claude-sonnet-4-6")).toBeCloseTo(0.1, 12);
    expect(share("us.anthropic.claude-opus-5-5")).toBeCloseTo(0.05, 12);
    expect(share("global.anthropic.claude-fable-5-1")).toBeCloseTo(0.025, 12);
    expect(share("us.amazon.nova-2-lite-v1:0")).toBeCloseTo(0.25, 12);
  });

  it("name their source, and no line shadows another", () => {
    for (const { source } of BUILT_IN.entries)
      for (const each of source.split(", ")) expect(facts.sources).toContain(each);
    BUILT_IN.entries.forEach((entry, index) => {
      const region = (entry.regions?.[0] ?? "us-east-1").replace("*", "9");
      const { tier = "default" } = entry;
      expect(prices.priceOf(entry.model, region, tier), `line ${index}`).toBe(entry);
    });
  });

  it("list where the sources differ, with the choice", () => {
    const about = facts.differences.find((one) => one.about === "anthropic.claude-opus-5-5");
    expect(about?.values).toMatchObject([
      { source: "litellm 1.110.2", value: { input: 4 } },
      { source: "litellm 1.110.2 (mantle)", value: { input: 4.4 } },
      { source: "genai-prices 0.2.3", value: { input: 4.4 } },
    ]);
    expect(about?.choice).toMatchObject({ input: 4.4 });
    const regions = ["us-east-1", "eu-west-3"];
    for (const region of regions)
      expect(prices.priceOf("anthropic.claude-opus-5-5", region, "default")).toMatchObject({ input: 4.4 });
  });
});

describe("a call's cost", () => {
  it("is the sum of each kind of tokens at its own price", () => {
    const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
    expect(costOf(counts(1000, 200, 5000, 100), price)).toBeCloseTo(0.003 + 0.003 + 0.0015 + 0.000375, 12);
  });

  it("is unknown if the price lacks a kind of tokens that was used, and more tokens never cost less", () => {
    const price = { input: 3, output: 15 };
    expect(costOf(counts(1, 1, 1), price)).toBeUndefined();
    expect(costOf(counts(1, 1, 0, 1), price)).toBeUndefined();
    const tokens = fc.nat(1_000_000);
    fc.assert(
      fc.property(tokens, tokens, (input, output) => {
        expect(costOf(counts(input, output), price)).toBeCloseTo((input * 3 + output * 15) / 1e6, 9);
      }),
    );
  });
});

describe("a call's cost beyond a threshold, and of long-lived cache entries", () => {
  const price = {
    input: 1,
    output: 5,
    cacheRead: 0.1,
    cacheWrite: 1.25,
    cacheWrite1h: 2,
    above: [{ tokens: 1000, input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 }, { tokens: 5000 }],
  };
  const micros = (...used: Parameters<typeof counts>) => {
    const usd = costOf(counts(...used), price);
    return usd === undefined ? undefined : Math.round(usd * 1e6);
  };

  it("is at the higher rates for all tokens once input, cache reads and writes together are more than it", () => {
    expect(micros(1000, 10)).toBe(1050);
    expect(micros(1001, 10)).toBe(2102);
    expect(micros(400, 10, 500, 100)).toBe(400 + 50 + 50 + 125);
    expect(micros(401, 10, 500, 100)).toBe(802 + 100 + 100 + 250);
  });

  it("is at the rate of an hour for what Bedrock says is kept for an hour", () => {
    expect(micros(0, 0, 0, 100)).toBe(125);
    expect(micros(0, 0, 0, 100, 0)).toBe(125);
    expect(micros(0, 0, 0, 100, 40)).toBe(75 + 80);
    expect(micros(0, 0, 0, 100, 4000)).toBe(200);
  });

  it("is unknown where the rate is, also beyond a threshold", () => {
    expect(micros(2000, 0, 0, 100, 40)).toBeUndefined();
    expect(micros(2000, 0, 0, 100)).toBe(4250);
    expect(micros(6000, 0)).toBeUndefined();
    expect(costOf(counts(1, 1, 0, 9, 1), { input: 1, output: 1, cacheWrite: 1 })).toBeUndefined();
  });
});

describe("the operator's file", () => {
  it("overrides the built-in lines, adds to them, and appears in the version", () => {
    const file = fileOf(
      "own.yaml",
      `prices:
  - { model: "*${SONNET}", input: 2.5, output: 12, regions: [us-*] }
  - { model: "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/*", input: 1, output: 2 }
  - { model: "amazon.nova-lite-v1:0", tier: flex, input: 0.03, output: 0.12 }
`,
    );
    const table = loadPrices(file);
    expect(table.version).toMatch(/^litellm-[\d.]+\+genai-prices-[\d.]+\+own\.yaml@[0-9a-f]{8}$/);
    const prices = createPrices(table);
    expect(prices.priceOf(SONNET, "us-east-1", "default")).toMatchObject({ input: 2.5, source: "own.yaml" });
    expect(prices.priceOf(SONNET, "eu-central-1", "default")).toMatchObject({ input: 3.3 });
    expect(prices.priceOf("amazon.nova-lite-v1:0", "us-east-1", "flex")).toMatchObject({ input: 0.03 });
    const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
    expect(prices.priceOf(profile, "us-east-1", "default")).toMatchObject({ output: 2 });
  });

  it("may have thresholds, in any order, and a rate for an hour in the cache", () => {
    const file = fileOf(
      "long.yaml",
      `prices:
  - model: a.b
    input: 1
    output: 5
    cacheWrite: 1.25
    cacheWrite1h: 2
    above:
      - { tokens: 500000, input: 4, output: 20 }
      - { tokens: 200000, input: 2, output: 10, cacheWrite1h: 4 }
`,
    );
    const price = createPrices(loadPrices(file)).priceOf("a.b", "eu-west-1", "default");
    const usd = (...used: Parameters<typeof counts>) => price && costOf(counts(...used), price);
    expect(usd(100, 0, 0, 100, 100)).toBeCloseTo(0.0003, 12);
    expect(usd(200_000, 0, 0, 100, 100)).toBeCloseTo(0.4004, 12);
    expect(usd(600_000, 0)).toBeCloseTo(2.4, 12);
    expect(usd(600_000, 0, 1)).toBeUndefined();
  });

  it("may be JSON, and a different content has a different version", () => {
    const text = (input: number) => JSON.stringify({ prices: [{ model: "a.b", input, output: 1 }] });
    const one = loadPrices(fileOf("p.json", text(1)));
    const two = loadPrices(fileOf("p.json", text(2)));
    expect(one.version).not.toBe(two.version);
  });

  it("is refused with all of its problems, each with its line", () => {
    const file = fileOf(
      "bad.yaml",
      `prices:
  - { model: "", input: -1 }
  - { model: "a.b", input: 1, output: "free", discount: 3 }
  - model: a.b
    input: 1
    output: 1
    above:
      - { tokens: 0.5, input: -1 }
      - { tokens: 7 }
  - { model: c, input: 1, output: 1, above: [{ tokens: 5, input: 1 }, { tokens: 5, input: 2 }] }
  - c
`,
    );
    expect(problemsOf(file)).toEqual([
      "bad.yaml:2: prices.0.model: must not be empty",
      "bad.yaml:2: prices.0.input: must not be negative",
      "bad.yaml:2: prices.0.output: must be US dollars for a million tokens",
      "bad.yaml:3: prices.1.output: must be US dollars for a million tokens",
      "bad.yaml:3: prices.1: discount: no such member",
      "bad.yaml:8: prices.2.above.0.tokens: must be a number of tokens",
      "bad.yaml:8: prices.2.above.0.input: must not be negative",
      "bad.yaml:9: prices.2.above.1: must have at least one of input, output, cacheRead, cacheWrite, cacheWrite1h",
      "bad.yaml:10: prices.3.above: has two lines for the same number of tokens",
      "bad.yaml:11: prices.4: must have named members (`model: …`)",
    ]);
  });

  it("is refused if it is no YAML, holds no list of prices, or isn't there", () => {
    expect(problemsOf(fileOf("not.yaml", "prices: ["))[0]).toMatch(/^not\.yaml:1: /);
    expect(problemsOf(fileOf("none.yaml", "price: []"))).toEqual([
      "none.yaml:1: prices: must be a list of prices",
      "none.yaml:1: price: no such member",
    ]);
    const missing = path.join(folder, "missing.yaml");
    expect(problemsOf(missing)).toEqual([`${missing}: no such file`]);
  });
});

function problemsOf(file: string): string[] {
  try {
    loadPrices(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}
