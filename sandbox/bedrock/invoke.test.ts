/** InvokeModel and its stream, in each vendor's format. */
import { InvokeModelCommand, InvokeModelWithResponseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import {
  CLAUDE,
  allow,
  bedrockClient,
  claudeBody,
  collect,
  sendRaw,
  sessionWith,
  signedRequest,
} from "../testing.ts";
import type { Keys } from "../testing.ts";

let sandbox: Sandbox;
let keys: Keys;
let bedrock: BedrockRuntimeClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
  bedrock = bedrockClient(sandbox, keys);
});
afterAll(() => sandbox.close());

async function claudeChunks(body: string): Promise<Record<string, unknown>[]> {
  const answer = await bedrock.send(new InvokeModelWithResponseStreamCommand({ modelId: CLAUDE, body }));
  const parts = await collect(answer.body);
  return parts.map(
    ({ chunk }) => JSON.parse(Buffer.from(chunk?.bytes ?? "").toString()) as Record<string, unknown>,
  );
}

async function invoke(modelId: string, body: object): Promise<Record<string, unknown>> {
  const answer = await bedrock.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(answer.body.transformToString()) as Record<string, unknown>;
}

describe("InvokeModel", () => {
  it("answers Claude in Anthropic's format, with the token counts in headers", async () => {
    const path = `/model/${encodeURIComponent(CLAUDE)}/invoke`;
    const answer = await sendRaw(
      sandbox,
      await signedRequest(sandbox, keys, { path, body: claudeBody("hi") }),
    );
    expect(JSON.parse(answer.body)).toMatchObject({
      type: "message",
      content: [{ type: "text", text: "You said: hi" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 3 },
    });
    expect(answer.headers).toMatchObject({
      "x-amzn-requestid": sandbox.calls().at(-1)?.requestId,
      "x-amzn-bedrock-input-token-count": "1",
      "x-amzn-bedrock-output-token-count": "3",
    });
  });

  it("streams Claude's events, with the metrics in the last one", async () => {
    const chunks = await claudeChunks(claudeBody("one two"));
    expect(chunks.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      ...Array.from({ length: 4 }, () => "content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]).toMatchObject({
      inputTokenCount: 2,
      outputTokenCount: 5,
    });
  });

  it.each([
    ["stream", { stream: true }, "stream: Extra inputs are not permitted"],
    ["model", { model: "claude" }, "model: Extra inputs are not permitted"],
    ["no max_tokens", { max_tokens: undefined }, "max_tokens: Field required"],
    ["no anthropic_version", { anthropic_version: undefined }, "anthropic_version: Field required"],
    [
      "a result without its call",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "x" }] }] },
      "unexpected `tool_use_id`",
    ],
    [
      "a call without its result",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "n", input: {} }] },
          { role: "user", content: "b" },
        ],
      },
      "`tool_use` ids were found without `tool_result` blocks immediately after: t1",
    ],
  ])("refuses a Claude body with %s", async (_, extra, message) => {
    const command = new InvokeModelCommand({ modelId: CLAUDE, body: claudeBody("hi", extra) });
    await expect(bedrock.send(command)).rejects.toThrow(message);
  });

  it.each([
    ["text", "22 degrees"],
    ["a list of parts", [{ type: "text", text: "22 degrees" }]],
  ])("takes a tool's result as %s", async (_, content) => {
    const messages = [
      { role: "user", content: "weather?" },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "weather", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content }] },
    ];
    const answer = await invoke(CLAUDE, JSON.parse(claudeBody("", { messages })) as object);
    expect(JSON.stringify(answer)).toContain("22 degrees");
  });

  it("speaks the formats of the other vendors", async () => {
    const nova = { messages: [{ role: "user", content: [{ text: "hi" }] }] };
    expect(await invoke("amazon.nova-micro-v1:0", nova)).toMatchObject({
      output: { message: { content: [{ text: "You said: hi" }] } },
    });
    expect(await invoke("meta.llama3-8b-instruct-v1:0", { prompt: "hi" })).toMatchObject({
      generation: "You said: hi",
      stop_reason: "stop",
    });
    expect(await invoke("mistral.mistral-large-2402-v1:0", { prompt: "hi" })).toEqual({
      outputs: [{ text: "You said: hi", stop_reason: "stop" }],
    });
    expect(await invoke("us.deepseek.r1-v1:0", { prompt: "hi" })).toEqual({
      choices: [{ text: "You said: hi", stop_reason: "stop" }],
    });
    expect(
      await invoke("openai.gpt-oss-20b-1:0", { messages: [{ role: "user", content: "hi" }] }),
    ).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "You said: hi" }, finish_reason: "stop" }],
    });
  });

  it("embeds with Titan and Cohere: equal texts, equal unit vectors", async () => {
    const titan = await invoke("amazon.titan-embed-text-v2:0", { inputText: "a", dimensions: 256 });
    const vector = titan["embedding"] as number[];
    expect(vector).toHaveLength(256);
    expect(Math.hypot(...vector)).toBeCloseTo(1);
    expect(await invoke("amazon.titan-embed-text-v2:0", { inputText: "a", dimensions: 256 })).toEqual(titan);
    const v3 = await invoke("cohere.embed-english-v3", { texts: ["a", "b"], input_type: "search_query" });
    expect((v3["embeddings"] as number[][]).map((each) => each.length)).toEqual([1024, 1024]);
    const v4 = await invoke("cohere.embed-v4:0", {
      texts: ["a"],
      input_type: "search_query",
      output_dimension: 512,
    });
    expect((v4["embeddings"] as { float: number[][] }).float[0]).toHaveLength(512);
    await expect(invoke("cohere.embed-english-v3", { texts: ["a"] })).rejects.toThrow("input_type");
  });

  it("embeds with Nova, by default 3072 dimensions, with the tokens in a header", async () => {
    const nova = (params: object) => ({
      schemaVersion: "nova-multimodal-embed-v1",
      taskType: "SINGLE_EMBEDDING",
      singleEmbeddingParams: {
        embeddingPurpose: "GENERIC_INDEX",
        text: { truncationMode: "END", value: "12345678" },
        ...params,
      },
    });
    const modelId = "amazon.nova-2-multimodal-embeddings-v1:0";
    const whole = await invoke(modelId, nova({}));
    const [first] = whole["embeddings"] as { embeddingType: string; embedding: number[] }[];
    expect([first?.embeddingType, first?.embedding.length]).toEqual(["TEXT", 3072]);
    const small = await invoke(modelId, nova({ embeddingDimension: 256 }));
    expect((small["embeddings"] as { embedding: number[] }[])[0]?.embedding).toHaveLength(256);
    const path = `/model/${encodeURIComponent(modelId)}/invoke`;
    const request = await signedRequest(sandbox, keys, { path, body: JSON.stringify(nova({})) });
    const { headers } = await sendRaw(sandbox, request);
    expect(headers["x-amzn-bedrock-input-token-count"]).toBe("2");
    await expect(invoke(modelId, nova({ embeddingDimension: 512 }))).rejects.toThrow("embeddingDimension");
    await expect(invoke(modelId, nova({ user: "a" }))).rejects.toThrow("user");
    await expect(invoke(modelId, { ...nova({}), taskType: "MANY" })).rejects.toThrow("taskType");
  });
});
