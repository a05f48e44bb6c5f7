/** Prices: which line of the table counts, what the operator's file adds, and that an unknown price is never zero. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILT_IN } from "./built-in.ts";
import { loadPrices, PriceFileError } from "./file.ts";
import { costOf, createPrices } from "./price.ts";

const SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const counts = (
  inputTokens: number,
  outputTokens: number,
  cacheReadInputTokens = 0,
  cacheWriteInputTokens = 0,
) => ({
  inputTokens,
  outputTokens,
  cacheReadInputTokens,
  cacheWriteInputTokens,
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

describe("the built-in prices", () => {
  const prices = createPrices(BUILT_IN);

  it("match a model by its own name and by its profiles, with a separate price for the global one", () => {
    expect(prices.priceOf(SONNET, "eu-central-1", "default")).toMatchObject({ input: 3.3, output: 16.5 });
    expect(prices.priceOf(`us.${SONNET}`, "us-east-1", "default")).toMatchObject({ input: 3.3 });
    expect(prices.priceOf(`global.${SONNET}`, "us-east-1", "default")).toMatchObject({
      input: 3,
      cacheRead: 0.3,
    });
  });

  it("have no price for other models, tiers and GovCloud", () => {
    expect(prices.priceOf("stability.sd3-large-v1:0", "us-west-2", "default")).toBeUndefined();
    expect(prices.priceOf(SONNET, "us-east-1", "priority")).toBeUndefined();
    expect(prices.priceOf(SONNET, "us-gov-west-1", "default")).toBeUndefined();
    expect(prices.priceOf("amazon.nova-lite-v1:0", "eu-north-1", "default")).toBeUndefined();
  });

  it("name their source, and no line shadows another", () => {
    for (const { source } of BUILT_IN.entries) expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    const names = BUILT_IN.entries.map(({ model }) => model);
    expect(new Set(names).size).toBe(names.length);
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
    expect(table.version).toMatch(/^2\d{3}-\d\d-\d\d\+own\.yaml@[0-9a-f]{8}$/);
    const prices = createPrices(table);
    expect(prices.priceOf(SONNET, "us-east-1", "default")).toMatchObject({ input: 2.5, source: "own.yaml" });
    expect(prices.priceOf(SONNET, "eu-central-1", "default")).toMatchObject({ input: 3.3 });
    expect(prices.priceOf("amazon.nova-lite-v1:0", "us-east-1", "flex")).toMatchObject({ input: 0.03 });
    const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc";
    expect(prices.priceOf(profile, "us-east-1", "default")).toMatchObject({ output: 2 });
  });

  it("may be JSON, and a different content has a different version", () => {
    const text = (input: number) => JSON.stringify({ prices: [{ model: "a.b", input, output: 1 }] });
    const one = loadPrices(fileOf("p.json", text(1)));
    const two = loadPrices(fileOf("p.json", text(2)));
    expect(one.version).not.toBe(two.version);
  });

  it("is refused with all of its problems", () => {
    const file = fileOf(
      "bad.yaml",
      `prices:
  - { model: "", input: -1, output: 1 }
  - { model: "a.b", input: 1, output: "free", discount: 3 }
`,
    );
    const refused = () => loadPrices(file);
    expect(refused).toThrow(PriceFileError);
    for (const where of ["prices.0.model", "prices.0.input", "prices.1.output", "discount"])
      expect(refused).toThrow(where);
    expect(() => loadPrices(fileOf("not.yaml", "prices: ["))).toThrow("not.yaml: is not YAML");
    expect(() => loadPrices(path.join(folder, "none.yaml"))).toThrow("can't be read");
  });
});
