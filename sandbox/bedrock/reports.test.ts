/** The markers that report the request, and those that choose how an answer ends. */
import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import type {
  BedrockRuntimeClient,
  ContentBlock,
  ConverseCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { CLAUDE, allow, bedrockClient, claudeBody, collect, says, sessionWith } from "../testing.ts";
import { reportOf } from "./reports.ts";
import { plainTurn } from "./turn.ts";
import { jsonObjects } from "../../test/support/json-values.ts";

let sandbox: Sandbox;
let bedrock: BedrockRuntimeClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  bedrock = bedrockClient(sandbox, sessionWith(sandbox, allow("bedrock:*")));
});
afterAll(() => sandbox.close());

async function converse(blocks: ContentBlock[], extra: Partial<ConverseCommandInput> = {}) {
  const messages = [{ role: "user" as const, content: blocks }];
  const answer = await bedrock.send(new ConverseCommand({ modelId: CLAUDE, messages, ...extra }));
  return { text: answer.output?.message?.content?.[0]?.text ?? "", stopReason: answer.stopReason };
}

async function invoke(body: string) {
  const answer = await bedrock.send(new InvokeModelCommand({ modelId: CLAUDE, body }));
  return JSON.parse(answer.body.transformToString()) as {
    content: { text: string }[];
    stop_reason: string;
  };
}

describe("[[images]]", () => {
  const bytes = (length: number): Uint8Array => new Uint8Array(length);

  it("counts Converse's images, documents and recordings with their formats and sizes", async () => {
    const { text } = await converse([
      { text: "[[images]]" },
      { image: { format: "png", source: { bytes: bytes(60) } } },
      { image: { format: "jpeg", source: { bytes: bytes(8) } } },
      { document: { format: "pdf", name: "a", source: { bytes: bytes(312) } } },
      { video: { format: "mp4", source: { s3Location: { uri: "s3://bucket/key" } } } },
      { audio: { format: "wav", source: { bytes: bytes(1) } } },
    ]);
    expect(text).toBe(
      "Saw 2 images (png, jpeg, 68 bytes) and 1 document (pdf, 312 bytes) and 1 video (mp4, 0 bytes) and 1 audio (wav, 1 byte)",
    );
  });

  it("counts those of Claude's format, including in tool results", async () => {
    const image = {
      type: "image",
      source: { type: "base64", media_type: "image/png", data: Buffer.alloc(68).toString("base64") },
    };
    const text = { type: "text", text: "[[images]]" };
    const document = {
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "größe" },
    };
    const one = await invoke(
      claudeBody("", { messages: [{ role: "user", content: [text, image, document] }] }),
    );
    expect(one.content[0]?.text).toBe("Saw 1 image (png, 68 bytes) and 1 document (txt, 7 bytes)");
    const result = { type: "tool_result", tool_use_id: "t", content: [image] };
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "n", input: {} }] },
      { role: "user", content: [result, text] },
    ];
    const inResult = await invoke(claudeBody("", { messages }));
    expect(inResult.content[0]?.text).toBe("Saw 1 image (png, 68 bytes)");
  });

  it("says so if there is only text", async () => {
    expect((await converse([{ text: "[[images]]" }])).text).toBe("Saw nothing but text");
  });
});

it("[[system]] answers with the system prompt, one line for each part", async () => {
  const system = [{ text: "Be brief." }, { cachePoint: { type: "default" as const } }, { text: "Be kind." }];
  expect((await converse([{ text: "[[system]]" }], { system })).text).toBe("Be brief.\nBe kind.");
  const blocks = [
    { type: "text", text: "Be brief." },
    { type: "text", text: "Be kind." },
  ];
  const { content } = await invoke(claudeBody("[[system]]", { system: blocks }));
  expect(content[0]?.text).toBe("Be brief.\nBe kind.");
});

describe("[[request]]", () => {
  it("answers with the whole body, keys sorted, however few tokens are allowed", async () => {
    const { text } = await converse([{ text: "[[request]]" }], {
      inferenceConfig: { topP: 0.5, maxTokens: 1 },
    });
    expect(text).toBe(
      '{"inferenceConfig":{"maxTokens":1,"topP":0.5},"messages":[{"content":[{"text":"[[request]]"}],"role":"user"}]}',
    );
  });

  it("streams the same", async () => {
    const command = new ConverseStreamCommand({ modelId: CLAUDE, messages: says("[[request]] a  b") });
    const events = await collect((await bedrock.send(command)).stream);
    const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
    expect(JSON.parse(text)).toEqual({ messages: says("[[request]] a  b") });
  });

  it("answers the same for equal bodies with different key orders", () => {
    const report = (body: unknown) =>
      reportOf([{ name: "request", argument: "" }], plainTurn("[[request]]"), body) ?? "";
    fc.assert(
      fc.property(jsonObjects(), (body) => {
        const sent = JSON.parse(JSON.stringify(body)) as object;
        const turned = Object.fromEntries(Object.entries(sent).toReversed());
        expect(JSON.parse(report(sent))).toEqual(sent);
        expect(report(turned)).toBe(report(sent));
      }),
    );
  });

  it("shows a vendor's own body", async () => {
    const body = { prompt: "[[request]]", max_gen_len: 4 };
    const modelId = "meta.llama3-8b-instruct-v1:0";
    const answer = await bedrock.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
    const { generation } = JSON.parse(answer.body.transformToString()) as { generation: string };
    expect(JSON.parse(generation)).toEqual(body);
  });
});

describe("[[stop:REASON]]", () => {
  it.each([
    ["model_context_window_exceeded", "model_context_window_exceeded", "model_context_window_exceeded"],
    ["content_filtered", "content_filtered", "refusal"],
    ["malformed_tool_use", "malformed_tool_use", "end_turn"],
    ["malformed_model_output", "malformed_model_output", "end_turn"],
    ["refusal", "content_filtered", "refusal"],
    ["pause_turn", "end_turn", "pause_turn"],
  ])("%s ends Converse with %s and Claude with %s", async (reason, inConverse, inClaude) => {
    const prompt = `[[stop:${reason}]] a`;
    expect(await converse([{ text: prompt }])).toEqual({ text: "You said: a", stopReason: inConverse });
    expect((await invoke(claudeBody(prompt))).stop_reason).toBe(inClaude);
  });

  it("is refused with an unknown reason", async () => {
    await expect(converse([{ text: "[[stop:tired]]" }])).rejects.toThrow("unknown stop reason");
  });
});

it("[[too-long]] refuses in each format's wording", async () => {
  await expect(converse([{ text: "[[too-long]]" }])).rejects.toMatchObject({
    name: "ValidationException",
    message: "Input is too long for requested model.",
  });
  await expect(invoke(claudeBody("[[too-long]]"))).rejects.toThrow(
    "prompt is too long: 210000 tokens > 200000 maximum",
  );
});
