/** Chat Completions answers of OpenAI's open-weight models on Bedrock, whole and as chunks. */
import { jsonPieces, wordsOf } from "../bedrock/reply.ts";
import type { Block, Reply } from "../bedrock/reply.ts";
import { chatTurn } from "./openai-request.ts";
import type { Vendor } from "./vendor.ts";

const ENVELOPE = { id: "chatcmpl-sandbox", created: 1_700_000_000, service_tier: "default" };

export const openai: Vendor = {
  turnOf: chatTurn,

  answer(reply, model) {
    const message = messageOf(reply);
    const choices = [{ index: 0, finish_reason: finishReason(reply), logprobs: null, message }];
    return { ...ENVELOPE, object: "chat.completion", model, choices, usage: chatUsage(reply) };
  },

  chunks(reply, model) {
    const deltas: object[] = [{ role: "assistant", content: "" }, ...reply.blocks.flatMap(deltasOf(reply))];
    return [
      ...deltas.map((delta) => chatChunk(model, [{ index: 0, delta, finish_reason: null, logprobs: null }])),
      chatChunk(model, [{ index: 0, delta: {}, finish_reason: finishReason(reply), logprobs: null }]),
    ];
  },
};

export function chatChunk(model: string, choices: object[]): object {
  return { ...ENVELOPE, object: "chat.completion.chunk", model, choices };
}

/** OpenAI's prompt tokens include cached ones. */
export function chatUsage({ usage }: Reply): object {
  const { input, output, cacheRead, cacheWrite } = usage;
  const prompt = input + cacheRead + cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    ...(cacheRead === 0 ? {} : { prompt_tokens_details: { cached_tokens: cacheRead } }),
  };
}

function messageOf({ blocks }: Reply): object {
  const text = blocks.map(textOf).join("");
  const calls = blocks.filter((block) => block.kind === "tool");
  return {
    role: "assistant",
    content: calls.length > 0 && text === "" ? null : text,
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map((call) => callOf(call, JSON.stringify(call.input))) }),
  };
}

/** Reasoning is in the content, between its own tags. */
function textOf(block: Block): string {
  if (block.kind === "text") return block.text;
  return block.kind === "reasoning" ? `<reasoning>${block.text}</reasoning>` : "";
}

function callOf({ id, name }: { id: string; name: string }, json: string): object {
  return { id, type: "function", function: { name, arguments: json } };
}

function deltasOf({ blocks }: Reply): (block: Block) => object[] {
  const calls = blocks.filter((block) => block.kind === "tool");
  return (block) => {
    if (block.kind !== "tool") return wordsOf(textOf(block)).map((content) => ({ content }));
    const index = calls.indexOf(block);
    const pieces = jsonPieces(block.input).map((piece) => ({ index, function: { arguments: piece } }));
    return [{ index, ...callOf(block, "") }, ...pieces].map((call) => ({ tool_calls: [call] }));
  };
}

function finishReason({ stopReason }: Reply): string {
  switch (stopReason) {
    case "tool_use":
      return "tool_calls";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "content_filtered":
    case "guardrail_intervened":
    case "refusal":
      return "content_filter";
    default:
      return "stop";
  }
}
