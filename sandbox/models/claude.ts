/** Anthropic's Messages format as Bedrock takes it: the model and streaming are told by the path, not the body. */
import { z } from "zod";
import { validationError } from "../errors.ts";
import { jsonPieces, wordsOf } from "../bedrock/reply.ts";
import type { Block, Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import { checkMessages } from "./claude-rules.ts";
import type { Vendor } from "./vendor.ts";

const text = z.looseObject({ type: z.literal("text"), text: z.string() });
const toolResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z
    .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
    .optional(),
});

const contentBlock = z.discriminatedUnion("type", [
  text,
  toolResult,
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.looseObject({
    type: z.literal("image"),
    source: z.looseObject({ type: z.enum(["base64", "url", "file"]) }),
  }),
  z.looseObject({ type: z.literal("document"), source: z.looseObject({ type: z.string() }) }),
  z.looseObject({ type: z.literal("search_result") }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

export type ClaudeBlock = z.infer<typeof contentBlock>;

const message = z.strictObject({
  role: z.enum(["user", "assistant"]),
  content: z.union([z.string().min(1), z.array(contentBlock).min(1)]),
});

/** `model` and `stream` are refused as on AWS: "Extra inputs are not permitted". */
const requestSchema = z.strictObject({
  anthropic_version: z.string(),
  anthropic_beta: z.array(z.string()).optional(),
  max_tokens: z.int().min(1),
  messages: z.array(message).min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  tool_choice: z
    .looseObject({ type: z.enum(["auto", "any", "tool", "none"]), name: z.string().optional() })
    .optional(),
  thinking: z.looseObject({ type: z.enum(["enabled", "disabled", "adaptive"]) }).optional(),
  output_config: z.looseObject({ format: z.looseObject({ schema: z.unknown() }).optional() }).optional(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).optional(),
  context_management: z.looseObject({}).optional(),
  cache_control: z.looseObject({}).optional(),
});

type ClaudeRequest = z.infer<typeof requestSchema>;
export interface ClaudeMessage {
  role: "user" | "assistant";
  content: ClaudeBlock[];
}

export const claude: Vendor = {
  turnOf(body) {
    refuseExtras(body);
    const request = parseShape(requestSchema, body);
    const messages = request.messages.map(({ role, content }) => ({ role, content: blocksOf(content) }));
    checkMessages(messages);
    const last = messages.at(-1);
    const blocks = last?.role === "user" ? last.content : [];
    const system =
      typeof request.system === "string"
        ? request.system
        : (request.system ?? []).map((s) => s.text).join("");
    const tools = request.tool_choice?.type === "none" ? [] : (request.tools ?? []).map(({ name }) => name);
    return plainTurn(blocks.map((block) => (block.type === "text" ? block.text : "")).join("\n"), {
      toolResults: blocks.flatMap((block) => (block.type === "tool_result" ? [textOf(block)] : [])),
      inputCharacters: system.length + messages.flatMap(({ content }) => content.map(textOf)).join("").length,
      tools,
      forcedTool: forcedTool(request),
      maxTokens: request.max_tokens,
      stopSequences: request.stop_sequences ?? [],
      schema: request.output_config?.format?.schema,
    });
  },

  answer(reply, modelId) {
    return {
      ...envelope(modelId),
      content: reply.blocks.map(contentOf),
      stop_reason: stopReason(reply),
      stop_sequence: reply.stopSequence,
      usage: { ...inputUsage(reply), output_tokens: reply.usage.output },
    };
  },

  chunks(reply, modelId) {
    return [...events(reply, modelId)];
  },
};

function refuseExtras(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  for (const name of Object.keys(body)) {
    if (!Object.hasOwn(requestSchema.shape, name))
      throw validationError(`${name}: Extra inputs are not permitted`);
  }
  for (const name of ["anthropic_version", "max_tokens", "messages"]) {
    if (!Object.hasOwn(body, name)) throw validationError(`${name}: Field required`);
  }
}

function blocksOf(content: string | ClaudeBlock[]): ClaudeBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function textOf(block: ClaudeBlock): string {
  if (block.type === "text") return block.text;
  if (block.type !== "tool_result") return "";
  const { content = "" } = block;
  return typeof content === "string" ? content : content.map((each) => each.text ?? "").join(" ");
}

function forcedTool({ tool_choice: choice, tools }: ClaudeRequest): string | null {
  if (choice?.type === "tool") return choice.name ?? null;
  return choice?.type === "any" ? (tools?.[0]?.name ?? null) : null;
}

function envelope(modelId: string): object {
  return { id: "msg_bdrk_01SandboxAnswer0000000000", type: "message", role: "assistant", model: modelId };
}

function stopReason({ stopReason: reason }: Reply): string {
  return reason === "guardrail_intervened" ? "end_turn" : reason;
}

function inputUsage({ usage }: Reply): object {
  const { input, cacheRead, cacheWrite } = usage;
  return { input_tokens: input, cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead };
}

function contentOf(block: Block): object {
  switch (block.kind) {
    case "text":
      return { type: "text", text: block.text };
    case "tool":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "reasoning":
      return { type: "thinking", thinking: block.text, signature: block.signature };
    case "redacted":
      return { type: "redacted_thinking", data: block.data };
    default: {
      const _: never = block;
      return _;
    }
  }
}

function* events(reply: Reply, modelId: string): Generator<object> {
  const usage = { ...inputUsage(reply), output_tokens: 1 };
  const opening = { ...envelope(modelId), content: [], stop_reason: null, stop_sequence: null, usage };
  yield { type: "message_start", message: opening };
  for (const [index, block] of reply.blocks.entries()) {
    yield { type: "content_block_start", index, content_block: emptyOf(block) };
    for (const delta of deltasOf(block)) yield { type: "content_block_delta", index, delta };
    yield { type: "content_block_stop", index };
  }
  yield {
    type: "message_delta",
    delta: { stop_reason: stopReason(reply), stop_sequence: reply.stopSequence },
    usage: { output_tokens: reply.usage.output },
  };
  yield { type: "message_stop" };
}

/** A block as `content_block_start` shows it. Redacted thinking comes whole. */
function emptyOf(block: Block): object {
  switch (block.kind) {
    case "text":
      return { type: "text", text: "" };
    case "tool":
      return { type: "tool_use", id: block.id, name: block.name, input: {} };
    case "reasoning":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted":
      return contentOf(block);
    default: {
      const _: never = block;
      return _;
    }
  }
}

function deltasOf(block: Block): object[] {
  switch (block.kind) {
    case "text":
      return wordsOf(block.text).map((word) => ({ type: "text_delta", text: word }));
    case "tool":
      return jsonPieces(block.input).map((piece) => ({ type: "input_json_delta", partial_json: piece }));
    case "reasoning":
      return [
        ...wordsOf(block.text).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block.signature },
      ];
    case "redacted":
      return [];
    default: {
      const _: never = block;
      return _;
    }
  }
}
