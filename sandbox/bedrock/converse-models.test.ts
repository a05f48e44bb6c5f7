/** A model family's rules for requests, by Converse and by Claude's InvokeModel format. */
import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import type {
  BedrockRuntimeClient,
  ContentBlock,
  ConverseCommandInput,
  Message,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { allow, bedrockClient, claudeBody, collect, says, sessionWith } from "../testing.ts";

const SONNET_4 = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const GPT_OSS = "openai.gpt-oss-20b-1:0";
const SONNET_4_6 = "us.anthropic.claude-sonnet-4-6";
const NOVA_2 = "us.amazon.nova-2-lite-v1:0";
const THINKING = { type: "enabled", budget_tokens: 1024 };

type Extra = Omit<Partial<ConverseCommandInput>, "modelId" | "messages"> & { messages?: Message[] };

let sandbox: Sandbox;
let bedrock: BedrockRuntimeClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  bedrock = bedrockClient(sandbox, sessionWith(sandbox, allow("bedrock:*")));
});
afterAll(() => sandbox.close());

async function content(modelId: string, extra: Extra): Promise<ContentBlock[]> {
  const { output } = await bedrock.send(new ConverseCommand({ modelId, messages: says("hi"), ...extra }));
  return output?.message?.content ?? [];
}

async function invoked(modelId: string, extra: object): Promise<Record<string, unknown>[]> {
  const command = new InvokeModelCommand({ modelId, body: claudeBody("hi", extra) });
  const { body } = await bedrock.send(command);
  return (JSON.parse(body.transformToString()) as { content: Record<string, unknown>[] }).content;
}

describe("temperature together with top_p", () => {
  const both = { inferenceConfig: { temperature: 0.5, topP: 0.5 } };

  it.each([
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-opus-4-5-20251101-v1:0",
    "us.anthropic.claude-sonnet-4-6",
  ])("is refused by %s, but either alone is accepted", async (modelId) => {
    const words = "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
    await expect(content(modelId, both)).rejects.toMatchObject({
      name: "ValidationException",
      message: `The model returned the following errors: ${words}`,
    });
    await expect(invoked(modelId, { temperature: 0.5, top_p: 0.5 })).rejects.toThrow(words);
    await expect(content(modelId, { inferenceConfig: { temperature: 0.5 } })).resolves.toHaveLength(1);
    await expect(content(modelId, { inferenceConfig: { topP: 0.5 } })).resolves.toHaveLength(1);
  });

  it("is accepted by older models", async () => {
    await expect(content(SONNET_4, both)).resolves.toHaveLength(1);
    await expect(content("amazon.nova-micro-v1:0", both)).resolves.toHaveLength(1);
  });
});

describe("Claude's thinking", () => {
  const tools = { tools: [{ toolSpec: { name: "t", inputSchema: { json: { type: "object" } } } }] };
  const enabled = { additionalModelRequestFields: { thinking: THINKING } };

  it.each<[string, string, object]>([
    ["enabled", SONNET_4, THINKING],
    ["adaptive", SONNET_4_6, { type: "adaptive" }],
  ])("puts signed reasoning first if it is %s", async (_, model, thinking) => {
    const [first, second] = await content(model, { additionalModelRequestFields: { thinking } as never });
    expect(first?.reasoningContent?.reasoningText?.signature).toBeTypeOf("string");
    expect(second).toEqual({ text: "You said: hi" });
    const [thought] = await invoked(model, { max_tokens: 2000, thinking });
    expect(thought).toMatchObject({ type: "thinking", signature: expect.any(String) });
  });

  it("is absent if disabled", async () => {
    const fields = { additionalModelRequestFields: { thinking: { type: "disabled" } } };
    expect(await content(SONNET_4, { ...fields, inferenceConfig: { temperature: 0.1 } })).toHaveLength(1);
  });

  it.each<[string, Extra, object, string]>([
    [
      "a budget of fewer than 1024 tokens",
      { additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1023 } } },
      { thinking: { type: "enabled", budget_tokens: 1023 } },
      "greater than or equal to 1024",
    ],
    [
      "no more tokens than its budget",
      { ...enabled, inferenceConfig: { maxTokens: 1024 } },
      { thinking: THINKING, max_tokens: 1024 },
      "`max_tokens` must be greater than `thinking.budget_tokens`",
    ],
    [
      "a temperature",
      { ...enabled, inferenceConfig: { temperature: 0.5 } },
      { thinking: THINKING, temperature: 0.5 },
      "`temperature` may only be set to 1",
    ],
    [
      "a low top_p",
      { ...enabled, inferenceConfig: { topP: 0.9 } },
      { thinking: THINKING, top_p: 0.9 },
      "`top_p` must be greater than or equal to 0.95",
    ],
    [
      "a top_k",
      { additionalModelRequestFields: { thinking: THINKING, top_k: 5 } },
      { thinking: THINKING, top_k: 5 },
      "`top_k` must be unset",
    ],
    [
      "any tool forced",
      { ...enabled, toolConfig: { ...tools, toolChoice: { any: {} } } },
      { thinking: THINKING, tools: [{ name: "t" }], tool_choice: { type: "any" } },
      "Thinking may not be enabled when tool_choice forces tool use.",
    ],
    [
      "one tool forced",
      { ...enabled, toolConfig: { ...tools, toolChoice: { tool: { name: "t" } } } },
      { thinking: THINKING, tools: [{ name: "t" }], tool_choice: { type: "tool", name: "t" } },
      "Thinking may not be enabled when tool_choice forces tool use.",
    ],
    [
      "results of calls that came without reasoning",
      {
        ...enabled,
        toolConfig: tools,
        messages: [
          ...says("hi"),
          { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "t", input: {} } }] },
          { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ text: "b" }] } }] },
        ],
      },
      {
        thinking: THINKING,
        messages: [
          { role: "user", content: "hi" },
          { role: "assistant", content: [{ type: "tool_use", id: "a", name: "t", input: {} }] },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
        ],
      },
      "must start with a thinking block",
    ],
  ])("is refused with %s", async (_, extra, body, message) => {
    await expect(content(SONNET_4, extra)).rejects.toThrow(message);
    await expect(invoked(SONNET_4, { max_tokens: 2000, ...body })).rejects.toThrow(message);
  });
});

describe("fields besides Converse's own", () => {
  it("are accepted for Claude only if known", async () => {
    const fields = {
      anthropic_beta: ["interleaved-thinking-2025-05-14"],
      top_k: 3,
      output_config: { effort: "low" },
    };
    await expect(content(SONNET_4_6, { additionalModelRequestFields: fields })).resolves.toHaveLength(1);
    await expect(content(SONNET_4, { additionalModelRequestFields: { seed: 1 } })).rejects.toThrow(
      "Malformed input request: #: extraneous key [seed] is not permitted, please reformat your input and try again.",
    );
    await expect(
      content(SONNET_4, { additionalModelRequestFields: { anthropic_beta: "one" } }),
    ).rejects.toThrow("anthropic_beta");
  });

  it("make gpt-oss reason without a signature, and it accepts its reasoning back", async () => {
    const fields = { additionalModelRequestFields: { reasoning_effort: "low" } };
    const answer = await content(GPT_OSS, fields);
    expect(answer[0]?.reasoningContent?.reasoningText).toEqual({ text: expect.any(String) });
    const messages: Message[] = [...says("hi"), { role: "assistant", content: answer }, ...says("and?")];
    await expect(content(GPT_OSS, { messages })).resolves.toHaveLength(1);
    await expect(content(SONNET_4, { messages })).rejects.toThrow("Invalid `signature`");
  });

  it("are refused by gpt-oss if Chat Completions has no such field", async () => {
    await expect(content(GPT_OSS, { additionalModelRequestFields: { thinking: THINKING } })).rejects.toThrow(
      "unknown variant `thinking`, expected one of `audio`",
    );
    await expect(
      content(GPT_OSS, { additionalModelRequestFields: { reasoning_effort: "xhigh" } }),
    ).rejects.toThrow("reasoning_effort");
  });

  it("make Nova 2 reason, also as a stream", async () => {
    const fields = {
      additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } },
    };
    const command = new ConverseStreamCommand({ modelId: NOVA_2, messages: says("hi"), ...fields });
    const events = await collect((await bedrock.send(command)).stream);
    const deltas = events.flatMap((event) => event.contentBlockDelta?.delta?.reasoningContent ?? []);
    expect(deltas.length).toBeGreaterThan(0);
    expect(deltas.every((delta) => delta.signature === undefined)).toBe(true);
    await expect(
      content(NOVA_2, { additionalModelRequestFields: { reasoningConfig: { type: "adaptive" } } }),
    ).rejects.toThrow("reasoningConfig");
  });
});
