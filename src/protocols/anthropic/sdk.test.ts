/** Anthropic's own SDK against the translators, over a fake Bedrock: by InvokeModel for Claude, and by Converse. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, it } from "vitest";
import type { ContentBlock, ConverseRequest, ConverseResponse, StopReason } from "../../bedrock/converse.ts";
import type { Model } from "../../bedrock/model.ts";
import { SignetError } from "../../core/errors.ts";
import { failureOf } from "../failure.ts";
import { eventsOf, ID, inboundOf } from "../fixtures.ts";
import type { Ask } from "../translation.ts";
import { readCountTokens } from "./count-tokens.ts";
import { renderFailure } from "./errors.ts";
import { NOVA, SONNET } from "./fixtures.ts";
import { readMessages } from "./messages.ts";

/** A model's answer, in neither form. */
interface Said {
  content: (
    | { type: "text"; text: string }
    | { type: "thinking"; thinking: string; signature: string }
    | { type: "redacted_thinking"; data: string }
    | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> }
  )[];
  reason: Extract<StopReason, Anthropic.StopReason>;
}

type Frame = [type: string, payload: object];

/** A fake Bedrock, one for each operation. */
interface Bedrock {
  whole: (said: Said) => object;
  frames: (said: Said) => Frame[];
  /** A block as it must come back. */
  block: (block: Said["content"][number]) => object;
}

const CLAUDE: Bedrock = {
  whole: ({ content, reason }) => ({
    id: "msg_bdrk_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5-20250929",
    content,
    stop_reason: reason,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 3 },
  }),
  frames: (said) => {
    const whole = CLAUDE.whole(said);
    const blocks = said.content.flatMap((block, index) => {
      const [start, ...deltas] = claudeBlock(block);
      return [
        { type: "content_block_start", index, content_block: start },
        ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
        { type: "content_block_stop", index },
      ];
    });
    const events = [
      { type: "message_start", message: { ...whole, content: [], stop_reason: null } },
      { type: "ping" },
      ...blocks,
      { type: "message_delta", delta: { stop_reason: said.reason }, usage: { output_tokens: 5 } },
      { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 10 } },
    ];
    return events.map((event) => ["chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64") }]);
  },
  block: (block) => block,
};

/** The block's first event, and its deltas. */
function claudeBlock(block: Said["content"][number]): object[] {
  switch (block.type) {
    case "text":
      return [
        { ...block, text: "" },
        { type: "text_delta", text: block.text },
      ];
    case "thinking":
      return [
        { ...block, thinking: "", signature: "" },
        { type: "thinking_delta", thinking: block.thinking },
        { type: "signature_delta", signature: block.signature },
      ];
    case "redacted_thinking":
      return [block];
    case "tool_use":
      return [
        { ...block, input: {} },
        { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
      ];
    default: {
      const _: never = block;
      return _;
    }
  }
}

const CONVERSE: Bedrock = {
  whole: converseAnswer,
  frames: (said) => eventsOf(converseAnswer(said), 4).map(({ type, event }) => [type, event]),
  block: converseBlock,
};

function converseAnswer({ content, reason }: Said): ConverseResponse {
  return {
    output: { message: { role: "assistant", content: content.map(converseBlock) } },
    stopReason: reason,
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      totalTokens: 22,
      cacheReadInputTokens: 4,
      cacheWriteInputTokens: 3,
    },
  };
}

function converseBlock(block: Said["content"][number]): ContentBlock {
  switch (block.type) {
    case "text":
      return { text: block.text };
    case "thinking": {
      const { thinking: text, signature } = block;
      return { reasoningContent: { reasoningText: { text, signature } } };
    }
    case "redacted_thinking":
      return { reasoningContent: { redactedContent: block.data } };
    case "tool_use":
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
    default: {
      const _: never = block;
      return _;
    }
  }
}

/** A stream that breaks after so many frames: with an error, or off. */
interface Broken {
  said: Said;
  after?: number;
  error?: SignetError;
}

type Given = Said | Broken | { inputTokens: number };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A client whose calls are answered by `script`, which sees what Bedrock would. */
async function clientOf(
  { model, bedrock }: { model: Model; bedrock: Bedrock },
  script: (body: string) => Given,
): Promise<Anthropic> {
  const server = createServer(async (request, response) => {
    const { status, type, text, cut } = served(request, await bodyOf(request));
    response.writeHead(status, { "content-type": type });
    if (cut) response.write(text, () => response.destroy());
    else response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return new Anthropic({ baseURL: `http://127.0.0.1:${port}`, apiKey: "sgk_test", maxRetries: 0 });

  function served({ url, headers }: IncomingMessage, body: string): Served {
    try {
      const own = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
      const read = url?.startsWith("/v1/messages/count_tokens") ? readCountTokens : readMessages;
      return answerTo(read(inboundOf(body, Object.fromEntries(own))));
    } catch (error) {
      if (!(error instanceof SignetError)) throw error;
      const { status, body: refusal } = renderFailure(failureOf(error), ID);
      return { status, type: "application/json", text: String(refusal) };
    }
  }

  function answerTo(ask: Ask): Served {
    const { bodies, answer } = ask.translate(model);
    const given = script(String(bodies[0]));
    if (answer.kind === "whole") {
      const whole = "content" in given ? bedrock.whole(given) : given;
      const body = Buffer.from(JSON.stringify(whole));
      return { status: 200, type: "application/json", text: answer.render([{ headers: {}, body }]) };
    }
    const broken: Broken = "said" in given ? given : { said: given as Said };
    const { said, after, error } = broken;
    const stream = answer.open();
    const frames = bedrock.frames(said).slice(0, after);
    const sent = frames.map(([type, payload]) => stream.event(type, Buffer.from(JSON.stringify(payload))));
    const end = error ? stream.fail(failureOf(error)) : stream.end();
    const text = stream.ping + sent.join("") + (end ?? "");
    return { status: 200, type: answer.contentType, text, cut: end === undefined };
  }
}

interface Served {
  status: number;
  type: string;
  text: string;
  /** Whether the connection ends without the answer's end. */
  cut?: boolean;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

const USER: Anthropic.MessageParam = { role: "user", content: "Hello" };
const ASKED = { model: "sonnet", max_tokens: 20_000, messages: [USER] };
const WEATHER: Anthropic.Tool = {
  name: "weather",
  input_schema: { type: "object", properties: { city: { type: "string" } } },
};
const GREETING: Said = { content: [{ type: "text", text: "Good day." }], reason: "end_turn" };
const THOUGHT: Said["content"] = [
  { type: "thinking", thinking: "Two cities.", signature: "c2lnbmVkIQ==" },
  { type: "redacted_thinking", data: "c2VjcmV0" },
];
const CALLS: Said = {
  content: [
    ...THOUGHT,
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
    { type: "tool_use", id: "toolu_2", name: "weather", input: { city: "Oslo" } },
  ],
  reason: "tool_use",
};

describe.each([
  ["Claude", { model: SONNET, bedrock: CLAUDE }],
  ["another vendor's model", { model: NOVA, bedrock: CONVERSE }],
])("through Anthropic's SDK %s", (_, way) => {
  it("answers, whole and streamed, with the caller's name of the model", async () => {
    const client = await clientOf(way, () => GREETING);
    const message = await client.messages.create(ASKED);
    expect(message).toMatchObject({ model: "sonnet", role: "assistant", stop_reason: "end_turn" });
    expect(message.content).toMatchObject(GREETING.content);
    expect(message.usage).toMatchObject({
      input_tokens: 10,
      output_tokens: 5,
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: 3,
    });
    const final = await client.messages.stream(ASKED).finalMessage();
    expect(final).toMatchObject({ model: "sonnet", stop_reason: "end_turn", usage: message.usage });
    expect(final.content).toEqual(message.content);
  });

  it("streams the text as it comes", async () => {
    const client = await clientOf(way, () => GREETING);
    let text = "";
    const stream = client.messages.stream(ASKED).on("text", (delta) => (text += delta));
    expect(await stream.finalText()).toBe("Good day.");
    expect(text).toBe("Good day.");
  });

  it("calls two tools in parallel, and gets its thoughts and their results back unchanged", async () => {
    const bodies: string[] = [];
    const client = await clientOf(way, (body) => (bodies.push(body) === 1 ? CALLS : GREETING));
    const body = { ...ASKED, tools: [WEATHER], thinking: { type: "enabled" as const, budget_tokens: 2_000 } };
    const asked = await client.messages.stream(body).finalMessage();
    expect(asked.content).toMatchObject(CALLS.content);
    const results = asked.content.flatMap((block): Anthropic.ToolResultBlockParam[] =>
      block.type === "tool_use" ? [{ type: "tool_result", tool_use_id: block.id, content: "sunny" }] : [],
    );
    const messages = [
      USER,
      { role: "assistant" as const, content: asked.content },
      { role: "user" as const, content: results },
    ];
    await client.messages.create({ ...body, messages });
    const sent = JSON.parse(bodies[1] ?? "") as ConverseRequest;
    const [, assistant, user] = sent.messages;
    expect(assistant?.content).toMatchObject(CALLS.content.map(way.bedrock.block));
    expect(user?.content).toHaveLength(2);
  });

  it("counts tokens", async () => {
    const client = await clientOf(way, () => ({ inputTokens: 42 }));
    const { model, messages } = ASKED;
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: 42 });
  });

  it("throws in the middle of a stream that fails, and at a truncated one", async () => {
    const error = new SignetError("overloaded", "Too much is going on.");
    const failing = await clientOf(way, () => ({ said: GREETING, after: 3, error }));
    await expect(failing.messages.stream(ASKED).finalMessage()).rejects.toMatchObject({
      error: { type: "error", error: { type: "overloaded_error", message: "Too much is going on." } },
    });
    const cuts = way.bedrock.frames(GREETING).map((_frame, i) => i);
    const outcomes = cuts.map(async (after) => {
      const client = await clientOf(way, () => ({ said: GREETING, after }));
      return client.messages.stream(ASKED).finalMessage();
    });
    for (const { status } of await Promise.allSettled(outcomes)) expect(status).toBe("rejected");
  });

  it.each([
    ["validation", "invalid_body", Anthropic.BadRequestError],
    ["a key", "authentication_failed", Anthropic.AuthenticationError],
    ["a grant", "model_denied", Anthropic.PermissionDeniedError],
    ["a name", "unknown_model", Anthropic.NotFoundError],
    ["too much", "overloaded", Anthropic.InternalServerError],
  ] as const)("throws the SDK's own class for %s", async (_what, code, expected) => {
    const client = await clientOf(way, () => {
      throw new SignetError(code, "No.");
    });
    await expect(client.messages.create(ASKED)).rejects.toBeInstanceOf(expected);
  });
});

describe("through Anthropic's SDK", () => {
  it("betas reach Claude in the body, with their fields", async () => {
    let sent: unknown;
    const client = await clientOf({ model: SONNET, bedrock: CLAUDE }, (body) => {
      sent = JSON.parse(body);
      return GREETING;
    });
    await client.beta.messages.create({
      ...ASKED,
      betas: ["context-management-2025-06-27", "novelty-2030-01-01"],
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
    });
    expect(sent).toEqual({
      max_tokens: 20_000,
      messages: [USER],
      context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["context-management-2025-06-27", "novelty-2030-01-01"],
    });
  });

  it("a field that another vendor's model can't serve is refused by name", async () => {
    const client = await clientOf({ model: NOVA, bedrock: CONVERSE }, () => GREETING);
    const source = { type: "url" as const, url: "https://example.com/cat.png" };
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: [{ type: "image", source }] }];
    await expect(client.messages.create({ ...ASKED, messages })).rejects.toThrow(
      /messages\.0\.content\.0\.source\.type/,
    );
  });
});
