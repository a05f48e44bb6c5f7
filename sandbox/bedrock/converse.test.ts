/** Converse and ConverseStream, with the AWS SDK as client: over h2c, its default, and over HTTP/1.1. */
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import type {
  BedrockRuntimeClient,
  ContentBlock,
  ConverseCommandOutput,
  ConverseStreamOutput,
  Message,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { REGION, allow, bedrockClient, collect, says, sessionWith } from "../testing.ts";
import type { Keys } from "../testing.ts";

const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";

let sandbox: Sandbox;
let keys: Keys;
let bedrock: BedrockRuntimeClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
  bedrock = bedrockClient(sandbox, keys);
});
afterAll(() => sandbox.close());

async function streamed(text: string, client: BedrockRuntimeClient): Promise<ConverseStreamOutput[]> {
  const { stream } = await client.send(new ConverseStreamCommand({ modelId: SONNET, messages: says(text) }));
  return collect(stream);
}

async function limited(inferenceConfig: object): Promise<ConverseCommandOutput> {
  const messages = says("alpha beta gamma");
  return bedrock.send(new ConverseCommand({ modelId: SONNET, messages, inferenceConfig }));
}

describe.each([{ http1: false }, { http1: true }])("over HTTP/1.1: $http1", ({ http1 }) => {
  it("answers a conversation, and records the protocol", async () => {
    const client = bedrockClient(sandbox, keys, { http1 });
    const answer = await client.send(new ConverseCommand({ modelId: SONNET, messages: says("hello there") }));
    expect(answer.output?.message?.content).toEqual([{ text: "You said: hello there" }]);
    expect(answer.stopReason).toBe("end_turn");
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 6, totalTokens: 9 });
    expect(answer.$metadata.requestId).toBe(sandbox.calls().at(-1)?.requestId);
    expect(sandbox.calls().at(-1)).toMatchObject({
      operation: "Converse",
      modelId: SONNET,
      httpVersion: http1 ? "1.1" : "2",
      target: `/model/${encodeURIComponent(SONNET)}/converse`,
      roleSessionName: "tests",
      region: REGION,
      status: 200,
      finished: true,
      aborted: false,
    });
  });

  it("streams Converse's events in Bedrock's order, with usage last", async () => {
    const events = await streamed("one two", bedrockClient(sandbox, keys, { http1 }));
    expect(events.map((event) => Object.keys(event)[0])).toEqual([
      "messageStart",
      ...Array.from({ length: 4 }, () => "contentBlockDelta"),
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("")).toBe(
      "You said: one two",
    );
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBe(5);
  });
});

describe("Converse", () => {
  const toolConfig = {
    tools: ["weather", "time"].map((name) => ({
      toolSpec: { name, inputSchema: { json: { type: "object" } } },
    })),
  };

  it("calls two offered tools in parallel, and answers from both results", async () => {
    const prompt = says('[[tool:weather {"cities":[["Rome"]]}]] and [[tool:time {}]]');
    const first = await bedrock.send(new ConverseCommand({ modelId: SONNET, messages: prompt, toolConfig }));
    expect(first.stopReason).toBe("tool_use");
    const calls = first.output!.message!.content!.map((block) => block.toolUse!);
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ["weather", { cities: [["Rome"]] }],
      ["time", {}],
    ]);
    const results: ContentBlock[] = calls.map(({ toolUseId, name }) => ({
      toolResult: { toolUseId, content: [{ text: `${name} is fine` }] },
    }));
    const messages: Message[] = [...prompt, first.output!.message!, { role: "user", content: results }];
    const second = await bedrock.send(new ConverseCommand({ modelId: SONNET, messages, toolConfig }));
    expect(second.output?.message?.content).toEqual([
      { text: "The tools answered: weather is fine; time is fine" },
    ]);

    const half: Message[] = [...messages.slice(0, 2), { role: "user", content: results.slice(0, 1) }];
    await expect(
      bedrock.send(new ConverseCommand({ modelId: SONNET, messages: half, toolConfig })),
    ).rejects.toThrow("Expected toolResult blocks at messages.2.content for the following Ids");
    await expect(bedrock.send(new ConverseCommand({ modelId: SONNET, messages }))).rejects.toThrow(
      "toolConfig field must be defined",
    );
  });

  it("never calls a tool that it wasn't offered", async () => {
    const messages = says("[[tool:rm {}]] please");
    const answer = await bedrock.send(new ConverseCommand({ modelId: SONNET, messages, toolConfig }));
    expect(answer.output?.message?.content).toEqual([{ text: "You said: please" }]);
  });

  it("streams a tool's input as pieces of JSON", async () => {
    const messages = says('[[tool:weather {"city":"Rome","days":3}]]');
    const { stream } = await bedrock.send(
      new ConverseStreamCommand({ modelId: SONNET, messages, toolConfig }),
    );
    const events = await collect(stream);
    expect(events[1]?.contentBlockStart?.start?.toolUse?.name).toBe("weather");
    const pieces = events.flatMap((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? []);
    expect(pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(pieces.join(""))).toEqual({ city: "Rome", days: 3 });
  });

  it("accepts its own reasoning back, and refuses it if modified", async () => {
    const prompt = says("[[reasoning:redacted]] think");
    const first = await bedrock.send(new ConverseCommand({ modelId: SONNET, messages: prompt }));
    const answer = first.output!.message!;
    const [reasoning, redacted] = answer.content!;
    expect(reasoning?.reasoningContent?.reasoningText?.signature).toBeTypeOf("string");
    expect(redacted?.reasoningContent?.redactedContent?.length).toBeGreaterThan(0);
    const again = (message: Message) =>
      bedrock.send(new ConverseCommand({ modelId: SONNET, messages: [...prompt, message, ...says("and?")] }));
    await expect(again(answer)).resolves.toMatchObject({ stopReason: "end_turn" });
    const changed = structuredClone(answer);
    changed.content![0]!.reasoningContent!.reasoningText!.text += "!";
    await expect(again(changed)).rejects.toThrow("Invalid `signature`");
  });

  it.each<[string, Message[], string]>([
    [
      "an assistant first",
      [{ role: "assistant", content: [{ text: "hi" }] }],
      "must start with a user message",
    ],
    ["two user messages in a row", [...says("a"), ...says("b")], "must alternate between user and assistant"],
    ["blank text", says("  "), "is blank"],
    [
      "a document without text",
      [
        {
          role: "user",
          content: [{ document: { name: "a", format: "txt", source: { bytes: Buffer.from("x") } } }],
        },
      ],
      "A text block must be included when using documents.",
    ],
    [
      "a document's name with a dot",
      [
        {
          role: "user",
          content: [
            { text: "a" },
            { document: { name: "a.txt", format: "txt", source: { bytes: Buffer.from("x") } } },
          ],
        },
      ],
      "The document file name can only contain alphanumeric characters",
    ],
  ])("refuses %s", async (_, messages, message) => {
    const refused = bedrock.send(new ConverseCommand({ modelId: SONNET, messages }));
    await expect(refused).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
    });
  });

  it("refuses a temperature above 1", async () => {
    const command = new ConverseCommand({
      modelId: SONNET,
      messages: says("a"),
      inferenceConfig: { temperature: 1.5 },
    });
    await expect(bedrock.send(command)).rejects.toThrow("inferenceConfig.temperature");
  });

  it("respects maxTokens and stop sequences", async () => {
    expect(await limited({ maxTokens: 4 })).toMatchObject({
      stopReason: "max_tokens",
      output: { message: { content: [{ text: "You said: alpha " }] } },
    });
    expect(await limited({ stopSequences: ["gamma"] })).toMatchObject({
      stopReason: "stop_sequence",
      output: { message: { content: [{ text: "You said: alpha beta " }] } },
    });
  });

  it("answers by the request's JSON schema", async () => {
    const schema = JSON.stringify({
      type: "object",
      properties: { city: { type: "string" }, size: { enum: ["small", "big"] } },
      required: ["city", "size"],
      additionalProperties: false,
    });
    const outputConfig = {
      textFormat: { type: "json_schema" as const, structure: { jsonSchema: { schema, name: "a" } } },
    };
    const answer = await bedrock.send(
      new ConverseCommand({ modelId: SONNET, messages: says("Rome"), outputConfig }),
    );
    expect(JSON.parse(answer.output!.message!.content![0]!.text!)).toEqual({ city: "Rome", size: "small" });
  });

  it("reports cached tokens separately from input tokens", async () => {
    const messages = says("[[cache:100,20]] go");
    const { usage } = await bedrock.send(new ConverseCommand({ modelId: SONNET, messages }));
    expect(usage).toMatchObject({ cacheReadInputTokens: 100, cacheWriteInputTokens: 20 });
  });
});
