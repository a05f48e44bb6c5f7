/** What the model behind Converse and InvokeModel takes: by the catalogue, and by its vendor's rules for schemas and names. */
import { ConverseCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import type {
  BedrockRuntimeClient,
  ContentBlock,
  ConverseCommandInput,
  Message,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CATALOGUE_DATE, startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { allow, bedrockClient, claudeBody, says, sessionWith } from "../testing.ts";

const SONNET_4 = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const SONNET_4_6 = "us.anthropic.claude-sonnet-4-6";
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

describe(`what a Claude model takes, by catalogue ${CATALOGUE_DATE}`, () => {
  const OPUS_5 = "us.anthropic.claude-opus-5";
  const OPUS_5_5 = "us.anthropic.claude-opus-5-5";
  const fields = (each: object): Extra => ({ additionalModelRequestFields: each as never });

  it.each<[string, string, Extra, object, string]>([
    ["temperature", OPUS_5, { inferenceConfig: { temperature: 0.5 } }, { temperature: 0.5 }, "deprecated"],
    ["topP", OPUS_5, { inferenceConfig: { topP: 0.5 } }, { top_p: 0.5 }, "deprecated"],
    ["top_k", OPUS_5, fields({ top_k: 3 }), { top_k: 3 }, "deprecated"],
    ["a budget", OPUS_5, fields({ thinking: THINKING }), { thinking: THINKING }, "thinking.type.adaptive"],
    [
      "no thinking",
      OPUS_5_5,
      fields({ thinking: { type: "disabled" } }),
      { thinking: { type: "disabled" } },
      "thinking.type.disabled",
    ],
    [
      "adaptive thinking",
      SONNET_4,
      fields({ thinking: { type: "adaptive" } }),
      { thinking: { type: "adaptive" } },
      "adaptive",
    ],
    [
      "an effort",
      SONNET_4,
      { outputConfig: { effort: "low" } },
      { output_config: { effort: "low" } },
      "does not support the effort",
    ],
    [
      "a level of effort",
      SONNET_4_6,
      { outputConfig: { effort: "xhigh" } },
      { output_config: { effort: "xhigh" } },
      "xhigh",
    ],
  ])("refuses %s of %s", async (_, model, extra, body, words) => {
    await expect(content(model, extra)).rejects.toThrow(words);
    await expect(invoked(model, { max_tokens: 2000, ...body })).rejects.toThrow(words);
  });

  it("takes what changes nothing, no thinking where it can be switched off, and levels that it has", async () => {
    await expect(content(OPUS_5, { inferenceConfig: { temperature: 1, topP: 1 } })).resolves.toHaveLength(1);
    await expect(content(OPUS_5, fields({ thinking: { type: "disabled" } }))).resolves.toHaveLength(1);
    await expect(content(OPUS_5, { outputConfig: { effort: "xhigh" } })).resolves.toHaveLength(1);
  });
});

describe("schemas", () => {
  const CLAUDE = SONNET_4_6;
  const tool = (json: object): Extra => ({
    toolConfig: { tools: [{ toolSpec: { name: "t", inputSchema: { json: json as never } } }] },
  });
  const output = (schema: object): Extra => ({
    outputConfig: {
      textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
    },
  });
  const closed = (properties: object) => ({ type: "object", properties, additionalProperties: false });

  it.each([[{}], [{ type: "string" }], [{ type: ["object", "null"] }], [{ $ref: "#/definitions/a" }]])(
    "of tools have the root type object, for every model: %j",
    async (json) => {
      const words =
        "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.";
      for (const model of [CLAUDE, "us.amazon.nova-lite-v1:0"])
        await expect(content(model, tool(json))).rejects.toThrow(words);
      const tools = [{ name: "t", input_schema: json }];
      await expect(invoked(CLAUDE, { tools })).rejects.toThrow("tools.0.custom.input_schema.type: ");
    },
  );

  it("of tools have no union at the root, for Claude", async () => {
    const json = { type: "object", anyOf: [{ type: "object" }] };
    await expect(content(CLAUDE, tool(json))).rejects.toThrow("at the top level");
    await expect(invoked(CLAUDE, { tools: [{ name: "t", input_schema: json }] })).rejects.toThrow(
      "at the top level",
    );
    await expect(content("us.amazon.nova-lite-v1:0", tool(json))).resolves.toHaveLength(1);
    await expect(content(CLAUDE, tool({ type: "object" }))).resolves.toHaveLength(1);
  });

  it.each<[string, object]>([
    ["additionalProperties", { type: "object", properties: {} }],
    ["additionalProperties", closed({ a: { type: "array", items: { type: "object" } } })],
    ["additionalProperties", closed({ a: { anyOf: [{ type: "object", additionalProperties: true }] } })],
    ["additionalProperties", { ...closed({ a: { $ref: "#/$defs/b" } }), $defs: { b: { type: "object" } } }],
    ["minimum", closed({ a: { type: "integer", minimum: 0 } })],
    ["maxLength", closed({ a: { type: "string", maxLength: 3 } })],
    ["minItems", closed({ a: { type: "array", items: { type: "string" }, minItems: 2 } })],
  ])("of answers are refused for Claude: %s in %j", async (words, schema) => {
    await expect(content(CLAUDE, output(schema))).rejects.toThrow(`output_config.format.schema: `);
    await expect(content(CLAUDE, output(schema))).rejects.toThrow(words);
    const format = { type: "json_schema", schema };
    await expect(invoked(CLAUDE, { output_config: { format } })).rejects.toThrow(words);
  });

  it("of answers may have what Claude supports", async () => {
    const schema = closed({ a: { type: "array", items: closed({ b: { enum: [1, 2] } }), minItems: 1 } });
    await expect(content(CLAUDE, output(schema))).resolves.toHaveLength(1);
  });
});

describe("names and ids", () => {
  const document = (name: string) => ({
    document: { format: "txt" as const, name, source: { bytes: Buffer.from("a") } },
  });
  const asked = (...blocks: object[]) => ({ role: "user" as const, content: blocks as never });
  const calls = (toolUseId: string, results: object[] = [{ text: "r" }]): Extra => ({
    messages: [
      asked({ text: "hi" }),
      { role: "assistant", content: [{ toolUse: { toolUseId, name: "t", input: {} } }] },
      asked({ toolResult: { toolUseId, content: results } }),
    ],
    toolConfig: { tools: [{ toolSpec: { name: "t", inputSchema: { json: { type: "object" } } } }] },
  });

  it("of documents are unique over the whole request", async () => {
    const words = "Messages can't contain duplicate document names.";
    const twice = [asked({ text: "hi" }, document("Report"), document("report"))];
    await expect(content(SONNET_4, { messages: twice })).rejects.toThrow(words);
    await expect(content(SONNET_4, calls("c", [document("a"), document("a")]))).rejects.toThrow(words);
    const apart = [asked({ text: "hi" }, document("a"), document("a-2"))];
    await expect(content(SONNET_4, { messages: apart })).resolves.toHaveLength(1);
  });

  it("of calls have letters, digits, _ and - for Claude; Converse itself takes dots and colons", async () => {
    await expect(content(SONNET_4, calls("functions.t:0"))).rejects.toThrow(
      "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
    );
    await expect(content("us.amazon.nova-lite-v1:0", calls("functions.t:0"))).resolves.not.toEqual([]);
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "a.b", name: "t", input: {} }] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: "a.b", content: [{ type: "text", text: "r" }] }],
      },
    ];
    await expect(invoked(SONNET_4, { messages })).rejects.toThrow("tool_use.id: String should match");
    // A result may be a list of parts.
    const fitting = JSON.parse(JSON.stringify(messages).replaceAll("a.b", "a_b")) as object[];
    const tools = [{ name: "t", input_schema: { type: "object" } }];
    await expect(invoked(SONNET_4, { messages: fitting, tools })).resolves.toHaveLength(1);
  });
});
