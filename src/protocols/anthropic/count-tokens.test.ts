import { describe, expect, it } from "vitest";
import type { Model } from "../../bedrock/model.ts";
import { inboundOf } from "../fixtures.ts";
import { readCountTokens } from "./count-tokens.ts";
import { NOVA, SONNET } from "./fixtures.ts";

const ASKED = {
  model: "m",
  system: "Be brief.",
  messages: [{ role: "user", content: "Hi" }],
  tools: [{ name: "f", input_schema: { type: "object" } }],
};

interface Input {
  invokeModel?: { body: string };
  converse?: object;
}

function inputFor(model: Model, body: object, headers: Record<string, string> = {}): Input {
  const ask = readCountTokens(inboundOf(body, headers));
  expect(ask.operation(model)).toBe("CountTokens");
  return (JSON.parse(String(ask.translate(model).bodies[0])) as { input: Input }).input;
}

function claudeBody(body: object, headers: Record<string, string> = {}): object {
  const { invokeModel } = inputFor(SONNET, body, headers);
  return JSON.parse(Buffer.from(invokeModel?.body ?? "", "base64").toString("utf8")) as object;
}

describe("a token count", () => {
  it("for Claude sends InvokeModel's body, with the required limit", () => {
    const { model: _, ...rest } = ASKED;
    expect(claudeBody(ASKED, { "anthropic-beta": "b" })).toEqual({
      ...rest,
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["b"],
      max_tokens: 1,
    });
    expect(claudeBody({ ...ASKED, max_tokens: 7 })).toMatchObject({ max_tokens: 7 });
    expect(claudeBody({ ...ASKED, max_tokens: null })).toMatchObject({ max_tokens: 1 });
  });

  it("for Claude leaves room for the request's thinking budget", () => {
    const thinking = { type: "enabled", budget_tokens: 2048 };
    expect(claudeBody({ ...ASKED, thinking })).toMatchObject({ thinking, max_tokens: 2049 });
    expect(claudeBody({ ...ASKED, thinking: { type: "adaptive" } })).toMatchObject({ max_tokens: 1 });
  });

  it("for other models sends the counted parts of the Converse request", () => {
    expect(inputFor(NOVA, { ...ASKED, thinking: { type: "enabled", budget_tokens: 4096 } })).toEqual({
      converse: {
        messages: [{ role: "user", content: [{ text: "Hi" }] }],
        system: [{ text: "Be brief." }],
        toolConfig: { tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } }] },
        additionalModelRequestFields: {
          reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" },
        },
      },
    });
  });

  it("is refused if the message itself would be", () => {
    const ask = readCountTokens(inboundOf({ ...ASKED, top_k: 3 }));
    expect(() => ask.translate(NOVA)).toThrow(expect.objectContaining({ param: "top_k" }));
  });

  it("returns the number", () => {
    const { answer } = readCountTokens(inboundOf(ASKED)).translate(SONNET);
    if (answer.kind !== "whole") throw new Error("a whole answer was asked for");
    const render = (json: string) => answer.render([{ headers: {}, body: Buffer.from(json) }]);
    expect(render('{"inputTokens":42}')).toBe('{"input_tokens":42}');
    expect(() => render("{}")).toThrow(expect.objectContaining({ code: "upstream_invalid" }));
  });
});
