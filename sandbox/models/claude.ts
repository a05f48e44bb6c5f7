/** Anthropic's Messages format in Bedrock's answers, whole and as events. */
import { jsonPieces, wordsOf } from "../bedrock/reply.ts";
import type { Block, Reply } from "../bedrock/reply.ts";
import { claudeTurn } from "./claude-request.ts";
import type { Vendor } from "./vendor.ts";

export const claude: Vendor = {
  turnOf: claudeTurn,

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

function envelope(modelId: string): object {
  return { id: "msg_bdrk_01SandboxAnswer0000000000", type: "message", role: "assistant", model: modelId };
}

/** Converse's stop reasons by Anthropic's names. */
function stopReason({ stopReason: reason }: Reply): string {
  switch (reason) {
    case "content_filtered":
      return "refusal";
    case "guardrail_intervened":
    case "malformed_model_output":
    case "malformed_tool_use":
      return "end_turn";
    default:
      return reason;
  }
}

function inputUsage({ usage }: Reply): object {
  const { input, cacheRead, cacheWrite, cacheWrite1h } = usage;
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWrite - cacheWrite1h,
      ephemeral_1h_input_tokens: cacheWrite1h,
    },
  };
}

function contentOf(block: Block): object {
  switch (block.kind) {
    case "text":
      return { type: "text", text: block.text };
    case "tool":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "reasoning":
      return { type: "thinking", thinking: block.text, signature: block.signature ?? "" };
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

/** A block as `content_block_start` shows it. Redacted thinking comes complete. */
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
        { type: "signature_delta", signature: block.signature ?? "" },
      ];
    case "redacted":
      return [];
    default: {
      const _: never = block;
      return _;
    }
  }
}
