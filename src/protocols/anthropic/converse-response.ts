/** Converse's answer as a message of Anthropic's. */
import type { ConverseResponse, ConverseUsage, StopReason } from "../../bedrock/converse.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import { SignetError } from "../../core/errors.ts";
import { jsonOfPart, type Part } from "../translation.ts";

/** What an answer needs to know of its request. */
export interface MessageAnswer {
  /** Signet's id of the call. */
  id: string;
  /** The caller's name of the model. */
  model: string;
  tools: ToolNames;
  suppressCalls: boolean;
}

export function renderMessage(answer: MessageAnswer, part: Part | undefined): string {
  const { output, stopReason, usage } = jsonOfPart(part) as ConverseResponse;
  return JSON.stringify({
    ...envelope(answer),
    content: output.message.content.flatMap((block) => contentOf(block, answer)),
    stop_reason: stopReasonOf(stopReason, answer),
    stop_sequence: null,
    usage: usageOf(usage),
  });
}

/** What whole and streamed messages begin with. */
export function envelope({ id, model }: MessageAnswer): object {
  return { id: `msg_${id.replaceAll("-", "")}`, type: "message", role: "assistant", model };
}

type Block = ConverseResponse["output"]["message"]["content"][number];

function contentOf(block: Block, { tools, suppressCalls }: MessageAnswer): object[] {
  if ("text" in block) return [{ type: "text", text: block.text }];
  if ("citationsContent" in block)
    return (block.citationsContent.content ?? []).map(({ text }) => ({ type: "text", text }));
  if ("reasoningContent" in block) {
    const { reasoningContent: reasoning } = block;
    if ("redactedContent" in reasoning)
      return [{ type: "redacted_thinking", data: reasoning.redactedContent }];
    const { text, signature = "" } = reasoning.reasoningText;
    return [{ type: "thinking", thinking: text, signature }];
  }
  if (!("toolUse" in block) || suppressCalls) return [];
  const { toolUseId, name, input } = block.toolUse;
  return [{ type: "tool_use", id: toolUseId, name: tools.own(name), input }];
}

/** Throws `upstream_invalid` where the model's answer is no answer. */
export function stopReasonOf(
  stopReason: StopReason,
  { suppressCalls }: Pick<MessageAnswer, "suppressCalls">,
): string {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
    case "max_tokens":
    case "model_context_window_exceeded":
      return stopReason;
    case "tool_use":
      return suppressCalls ? "end_turn" : stopReason;
    case "content_filtered":
    case "guardrail_intervened":
      return "refusal";
    case "malformed_model_output":
    case "malformed_tool_use":
      throw new SignetError("upstream_invalid", "The model's answer was malformed. Try again.");
    default:
      // A reason that Bedrock has added since: the answer did end.
      stopReason satisfies never;
      return "end_turn";
  }
}

/** One to one: Anthropic's input tokens leave out what the cache held, as Converse's do. */
export function usageOf(usage: ConverseUsage): object {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
    cache_read_input_tokens: usage.cacheReadInputTokens ?? 0,
    output_tokens: usage.outputTokens,
  };
}
