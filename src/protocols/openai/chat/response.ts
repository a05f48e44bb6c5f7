/** Converse's answer as a chat completion. */
import type { ConverseResponse, ConverseUsage, StopReason } from "../../../bedrock/converse.ts";
import type { ToolNames } from "../../../bedrock/tool-names.ts";
import { SignetError } from "../../../core/errors.ts";
import { jsonOfPart, type Part } from "../../translation.ts";

/** What an answer needs to know about its request. */
export interface ChatAnswer {
  id: string;
  /** Epoch seconds. */
  created: number;
  /** The caller's name of the model. */
  model: string;
  tools: ToolNames;
  suppressCalls: boolean;
}

/** One piece of reasoning in `reasoning_details`; it is accepted back in this form. */
export type ReasoningDetail =
  | { type: "reasoning.text"; text: string; signature?: string }
  | { type: "reasoning.encrypted"; data: string };

export function renderChat(answer: ChatAnswer, part: Part | undefined): string {
  const response = jsonOfPart(part) as ConverseResponse;
  const { id, created, model } = answer;
  const finish_reason = finishReason(response.stopReason, answer);
  return JSON.stringify({
    id,
    object: "chat.completion",
    created,
    model,
    choices: [{ index: 0, message: messageOf(response, answer), logprobs: null, finish_reason }],
    usage: usageOf(response.usage),
  });
}

function messageOf({ output }: ConverseResponse, { tools, suppressCalls }: ChatAnswer): object {
  const texts: string[] = [];
  const calls: object[] = [];
  const details: ReasoningDetail[] = [];
  for (const block of output.message.content) {
    if ("text" in block) texts.push(block.text);
    else if ("citationsContent" in block) {
      for (const { text } of block.citationsContent.content ?? []) texts.push(text);
    } else if ("reasoningContent" in block) details.push(detailOf(block.reasoningContent));
    else if ("toolUse" in block && !suppressCalls) {
      const { toolUseId, name, input } = block.toolUse;
      const called = { name: tools.own(name), arguments: JSON.stringify(input) };
      calls.push({ id: toolUseId, type: "function", function: called });
    }
  }
  const thought = details.map((detail) => ("text" in detail ? detail.text : "")).join("");
  return {
    role: "assistant",
    content: texts.length > 0 ? texts.join("") : null,
    refusal: null,
    ...(thought !== "" && { reasoning_content: thought }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

type Reasoning = { reasoningText: { text: string; signature?: string } } | { redactedContent: string };

function detailOf(reasoning: Reasoning): ReasoningDetail {
  if ("redactedContent" in reasoning) return { type: "reasoning.encrypted", data: reasoning.redactedContent };
  const { text, signature } = reasoning.reasoningText;
  return { type: "reasoning.text", text, ...(signature !== undefined && { signature }) };
}

/** Throws `upstream_invalid` if the model's answer is malformed. */
export function finishReason(
  stopReason: StopReason,
  { suppressCalls }: Pick<ChatAnswer, "suppressCalls">,
): string {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
      return "stop";
    case "tool_use":
      return suppressCalls ? "stop" : "tool_calls";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "content_filtered":
    case "guardrail_intervened":
      return "content_filter";
    case "malformed_model_output":
    case "malformed_tool_use":
      throw new SignetError("upstream_invalid", "The model's answer was malformed. Try again.");
    default:
      // A newer reason of Bedrock's: the answer did end.
      stopReason satisfies never;
      return "stop";
  }
}

/** OpenAI's prompt tokens include cached ones; Converse's don't. */
export function usageOf(usage: ConverseUsage): object {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const prompt = inputTokens + cacheReadInputTokens + cacheWriteInputTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadInputTokens, cache_write_tokens: cacheWriteInputTokens },
  };
}
