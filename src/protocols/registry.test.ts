import { expect, it } from "vitest";
import { createRegistry } from "./registry.ts";

const registry = createRegistry();

it.each([
  ["/model/amazon.nova-micro-v1:0/converse", [], "bedrock"],
  ["/foundation-models", [], "bedrock"],
  ["/nowhere", [], "bedrock"],
  ["", [], "bedrock"],
  ["/v1/messages", [], "anthropic"],
  ["/v1/messages/nowhere", [], "anthropic"],
  ["/anthropic/nowhere", [], "anthropic"],
  ["/api/hello", [], "anthropic"],
  ["/v1beta/nowhere", [], "gemini"],
  ["/v1/models/gemini-2.5-flash:generateContent", [], "gemini"],
  ["/v1/chat/completions", [], "openai"],
  ["/v1/nowhere", ["anthropic-version"], "openai"],
  ["/openai/v1/models", ["anthropic-version"], "openai"],
  ["/v1/models", [], "openai"],
  ["/v1/models", ["anthropic-version"], "anthropic"],
  ["/v1/models", ["x-goog-api-key"], "gemini"],
  ["/v1/models/x", ["anthropic-version", "x-goog-api-key"], "anthropic"],
])("%j with the headers %j is in the protocol %s", (path, headers, name) => {
  expect(registry.protocolOf(path, new Set(headers)).name).toBe(name);
});
