/** How much a call may use, judged by its request, and at which of Bedrock's prices. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neededBy } from "./estimate.ts";
import { RequestScan } from "./scan.ts";
import { tierOf } from "./tier.ts";

const CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const body = (request: unknown) => Buffer.from(JSON.stringify(request));
const needed = (model: string, request: Buffer) => neededBy(model, new RequestScan(request));
const output = (request: unknown) => needed(CLAUDE, body(request)).output;
const input = (request: unknown) => needed(CLAUDE, body(request)).input;

describe("the longest answer", () => {
  it("is read from where Converse and each vendor bound it", () => {
    expect(output({ inferenceConfig: { maxTokens: 7 } })).toBe(7);
    expect(output({ inferenceConfig: { max_new_tokens: 8 } })).toBe(8);
    expect(output({ textGenerationConfig: { maxTokenCount: 9 } })).toBe(9);
    for (const field of [
      "max_tokens",
      "max_completion_tokens",
      "max_output_tokens",
      "max_gen_len",
      "max_tokens_to_sample",
    ])
      expect(output({ [field]: 11 })).toBe(11);
  });

  it("is the largest of several bounds, and a default without any valid one", () => {
    expect(
      output({ inferenceConfig: { maxTokens: 7 }, additionalModelRequestFields: { max_tokens: 70 } }),
    ).toBe(70);
    expect(output({ max_tokens: 1e4 })).toBe(10_000);
    for (const request of [{}, { max_tokens: "7" }, { max_tokens: -1 }, { max_tokens: 0 }, null, [1]])
      expect(output(request)).toBe(4096);
  });

  it("isn't read from what only resembles a bound: a prompt, a tool's schema", () => {
    const text = '{"max_tokens": 1} "maxTokens": 1';
    const schema = { properties: { max_tokens: 1 } };
    expect(output({ messages: [{ content: [{ text }] }], toolConfig: { tools: [schema] } })).toBe(4096);
  });

  it("is zero for embedding models", () => {
    expect(needed("amazon.titan-embed-text-v2:0", body({ inputText: "x" })).output).toBe(0);
    expect(needed("us.cohere.embed-v4:0", body({ texts: ["x"] })).output).toBe(0);
  });
});

describe("the estimated input", () => {
  it("is one token for every four bytes of the request", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 600 }), (text) => {
        const request = { messages: [{ content: [{ text }] }] };
        expect(input(request)).toBe(Math.ceil(body(request).length / 4));
      }),
    );
  });

  it("doesn't grow with the bytes of images, but with those of documents", () => {
    const image = (bytes: number) =>
      input({
        image: {
          source: {
            bytes: Buffer.from(`\u0089PNG\r\n\u001A\n${"x".repeat(bytes)}`, "latin1").toString("base64"),
          },
        },
      });
    expect(image(3_000_000) - image(30_000)).toBeLessThan(5);
    expect(image(30_000)).toBeGreaterThanOrEqual(1600);
    const document = (bytes: number) =>
      input({ document: { source: { bytes: Buffer.alloc(bytes, "text ").toString("base64") } } });
    expect(document(2_000)).toBeGreaterThanOrEqual(3000);
    expect(document(400_000)).toBeGreaterThanOrEqual(100_000);
  });

  it("is found for any body, however deeply nested", () => {
    const deep = Buffer.from(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(needed(CLAUDE, deep)).toEqual({ input: 25_000, output: 4096 });
    expect(needed(CLAUDE, Buffer.from("not JSON"))).toEqual({ input: 2, output: 4096 });
    expect(needed(CLAUDE, Buffer.alloc(0))).toEqual({ input: 0, output: 4096 });
  });
});

describe("the price", () => {
  const none = new Map<string, string>();
  const tierIn = (request: Buffer) => tierOf(none, new RequestScan(request));

  it("is the default tier's unless the header or body names one", () => {
    expect(tierIn(body({ messages: [{ text: "which serviceTier?" }] }))).toBe("default");
    expect(tierIn(Buffer.from("serviceTier"))).toBe("default");
    expect(tierOf(new Map([["x-amzn-bedrock-service-tier", "flex"]]))).toBe("flex");
    expect(tierIn(body({ serviceTier: { type: "priority" } }))).toBe("priority");
    expect(tierIn(body({ service_tier: "auto" }))).toBe("default");
    expect(tierIn(body({ service_tier: "priority" }))).toBe("priority");
    for (const length of [16_340, 16_350, 16_360, 16_370, 16_380, 1e6])
      expect(tierIn(body({ text: "x".repeat(length), service_tier: "priority" }))).toBe("priority");
  });

  it("is separate for latency-optimized inference", () => {
    expect(tierOf(new Map([["x-amzn-bedrock-performanceconfig-latency", "optimized"]]), undefined)).toBe(
      "optimized",
    );
    expect(tierIn(body({ performanceConfig: { latency: "optimized" } }))).toBe("optimized");
    expect(tierIn(body({ performanceConfig: { latency: "standard" } }))).toBe("default");
    const latency = { performanceConfig: { latency: "optimized" } };
    expect(tierIn(body({ ...latency, serviceTier: { type: "default" } }))).toBe("optimized");
    expect(tierIn(body({ ...latency, serviceTier: { type: "flex" } }))).toBe("flex, optimized");
  });
});
