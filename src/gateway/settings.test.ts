/** The tier of a native call, by which it is priced: as Bedrock reads it, not as a search for its name would (T41). */
import { describe, expect, it } from "vitest";
import type { Operation } from "../core/operations.ts";
import type { Received } from "./stages.ts";
import { settingsOf, type Asked } from "./settings.ts";

const TIER = "x-amzn-bedrock-service-tier";
const LATENCY = "x-amzn-bedrock-performanceconfig-latency";

function tierIn(operation: Operation, json: string, headers: Record<string, string> = {}): string | null {
  const received = {
    headers: new Map(Object.entries(headers)),
    body: Buffer.from(json),
  } as Partial<Received>;
  return settingsOf(received as Received, { operation } as Asked, null).tier;
}
const inConverse = (request: object) => tierIn("Converse", JSON.stringify(request));

describe("the tier of a native call (T41)", () => {
  it("is the default one unless the body or, for InvokeModel, a header names another", () => {
    expect(inConverse({ messages: [{ content: [{ text: "which serviceTier?" }] }] })).toBe("default");
    expect(inConverse({ serviceTier: { type: "priority" } })).toBe("priority");
    expect(inConverse({ serviceTier: null, performanceConfig: { latency: "standard" } })).toBe("default");
    expect(tierIn("InvokeModel", `{"service_tier":"flex"}`)).toBe("flex");
    expect(tierIn("InvokeModel", `{"service_tier":"auto"}`)).toBe("default");
    expect(tierIn("InvokeModel", "{}", { [TIER]: "flex" })).toBe("flex");
    expect(tierIn("InvokeModel", "{}", { [LATENCY]: "optimized" })).toBe("optimized");
  });

  it("of Converse is not that of a header, which Bedrock doesn't read there", () => {
    expect(tierIn("ConverseStream", "{}", { [TIER]: "flex" })).toBe("default");
    expect(tierIn("Converse", `{"serviceTier":{"type":"priority"}}`, { [TIER]: "flex" })).toBe("priority");
  });

  it("is found however its name is escaped, wherever it is, and beside any other setting", () => {
    expect(tierIn("Converse", String.raw`{"service\u0054ier":{"t\u0079pe":"priority"}}`)).toBe("priority");
    for (const fields of [
      { service_tier: "priority" },
      { serviceTier: { type: "priority" } },
      { serviceTier: "priority" },
    ])
      expect(inConverse({ additionalModelRequestFields: fields })).toBe("priority");
    const latency = { performanceConfig: { latency: "optimized" } };
    expect(inConverse({ additionalModelRequestFields: latency })).toBe("optimized");
    expect(inConverse({ ...latency, serviceTier: { type: "default" } })).toBe("optimized");
    expect(inConverse({ ...latency, serviceTier: { type: "flex" } })).toBe("flex, optimized");
  });

  it("is found in a body of more names than any request has, and behind a long text", () => {
    const names = Object.fromEntries(Array.from({ length: 200_001 }, (_, at) => [`a${at}`, 1]));
    expect(inConverse({ inferenceConfig: names, serviceTier: { type: "priority" } })).toBe("priority");
    const messages = [{ content: [{ text: 'a "quoted" text\n'.repeat(60_000) }] }];
    expect(inConverse({ messages, serviceTier: { type: "priority" } })).toBe("priority");
  });
});
