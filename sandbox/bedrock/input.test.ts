/** Refusals of inputs in AWS's words, as people have reported them, and what AWS ignores. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { CLAUDE, allow, says, sendRaw, sessionWith, signedRequest } from "../testing.ts";
import type { Keys, RawAnswer } from "../testing.ts";

let sandbox: Sandbox;
let keys: Keys;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
});
afterAll(() => sandbox.close());

async function converse(body: object): Promise<RawAnswer> {
  const path = `/model/${encodeURIComponent(CLAUDE)}/converse`;
  const signed = await signedRequest(sandbox, keys, { path, body: JSON.stringify(body) });
  return sendRaw(sandbox, signed);
}

const spec = (name: string, extra: object = {}): object => ({
  toolSpec: { name, inputSchema: { json: { type: "object" } }, ...extra },
});

describe("a Converse request", () => {
  it.each([
    [
      "an empty tool, with all that is wrong (BerriAI/litellm#24668)",
      { toolConfig: { tools: [spec("", { description: "" })] } },
      "3 validation errors detected: " +
        "Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; " +
        "Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value '' at 'toolConfig.tools.1.member.toolSpec.description' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      "a temperature, as a decimal",
      { inferenceConfig: { temperature: 32_424 } },
      "1 validation error detected: Value '32424.0' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
    [
      "no tokens (microsoft/semantic-kernel)",
      { inferenceConfig: { maxTokens: 0 } },
      "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "a tool without a name",
      { toolConfig: { tools: [{ toolSpec: { inputSchema: { json: {} } } }] } },
      "1 validation error detected: Value null at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must not be null",
    ],
    [
      "a role of OpenAI's",
      { messages: [{ role: "tool", content: [{ text: "a" }] }] },
      "1 validation error detected: Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
    ],
    [
      "a schema that is no object (aws/aws-sdk-net#3377)",
      { toolConfig: { tools: [{ toolSpec: { name: "a", inputSchema: { json: "{}" } } }] } },
      "The format of the value at toolConfig.tools.0.toolSpec.inputSchema.json is invalid. Provide a json object for the field and try again.",
    ],
    [
      "a block of OpenAI's, for having no key of its own (maximhq/bifrost)",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "ContentBlock object at messages.0.content.0 must set one of the following keys: text, image, document, video, audio, " +
        "toolUse, toolResult, guardContent, cachePoint, reasoningContent, citationsContent, searchResult, toolAddition, toolRemoval.",
    ],
    [
      "a message without content (archestra-ai/archestra#4220)",
      { messages: [{ role: "user", content: [] }] },
      "The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field and try again.",
    ],
  ])("is refused for %s", async (_, part, message) => {
    const { status, headers, body } = await converse({ messages: says("hi"), ...part });
    expect(status).toBe(400);
    expect(headers["x-amzn-errortype"]).toMatch(/^ValidationException:/);
    expect(JSON.parse(body)).toEqual({ message });
  });

  it("may have members that the model doesn't have, and nulls: they are ignored, and recorded", async () => {
    const content = [{ type: "text", text: "hi", image: null }];
    const { status } = await converse({ messages: [{ role: "user", content }], stream: true, system: null });
    expect(status).toBe(200);
    expect(sandbox.calls().at(-1)?.unknownMembers).toEqual(["stream", "messages.0.content.0.type"]);
  });

  it("with a guardrail needs its version", async () => {
    const guardrailConfig = { guardrailIdentifier: "abc" };
    const { status, body } = await converse({ messages: says("hi"), guardrailConfig });
    expect([status, body]).toEqual([400, expect.stringContaining("guardrailVersion")]);
  });

  it("of a wrong type is a SerializationException", async () => {
    const { headers, body } = await converse({ messages: [{ role: "user", content: "hi" }] });
    expect(headers["x-amzn-errortype"]).toMatch(/^SerializationException:/);
    expect(body).toContain("messages.0.content");
  });
});
