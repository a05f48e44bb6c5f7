/** Converse's answer as an Anthropic message, with every field that the SDK's types require. */
import { citedText } from "../../bedrock/conversation.ts";
import type {
  CitationsBlock,
  ContentBlock,
  ConverseResponse,
  ConverseUsage,
  StopReason,
} from "../../bedrock/converse.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import { SignetError } from "../../core/errors.ts";
import { jsonOfPart, type Part } from "../translation.ts";

/** What an answer needs to know about its request. */
export interface MessageAnswer {
  /** Signet's id of the call. */
  id: string;
  /** The caller's name of the model. */
  model: string;
  tools: ToolNames;
  suppressCalls: boolean;
  stopSequences: readonly string[];
}

export function renderMessage(answer: MessageAnswer, part: Part | undefined): string {
  const { output, stopReason, usage } = jsonOfPart(part) as ConverseResponse;
  return JSON.stringify({
    ...envelope(answer),
    content: output.message.content.flatMap((block) => contentOf(block, answer)),
    ...endingOf(stopReason, answer),
    usage: usageOf(usage),
  });
}

/** The beginning of whole and streamed messages. */
export function envelope({ id, model }: MessageAnswer): object {
  return {
    id: `msg_${id.replaceAll("-", "")}`,
    type: "message",
    role: "assistant",
    model,
    container: null,
    diagnostics: null,
  };
}

/** An empty block is left out, as a stream has no event for it. */
function contentOf(block: ContentBlock | CitationsBlock, { tools, suppressCalls }: MessageAnswer): object[] {
  if ("text" in block) return textContent(block.text);
  if ("citationsContent" in block) return textContent(citedText(block));
  if ("reasoningContent" in block) {
    const { reasoningContent: reasoning } = block;
    if ("redactedContent" in reasoning) return [redactedBlock(reasoning.redactedContent)];
    const { text, signature = "" } = reasoning.reasoningText;
    return text === "" && signature === "" ? [] : [thinkingBlock(text, signature)];
  }
  if (!("toolUse" in block)) throw noPlaceFor(block);
  if (suppressCalls) return [];
  const { toolUseId, name, input } = block.toolUse;
  return [toolUseBlock(toolUseId, tools.own(name), input)];
}

function textContent(text: string): object[] {
  return text === "" ? [] : [textBlock(text)];
}

export function textBlock(text: string): object {
  return { type: "text", text, citations: null };
}

export function thinkingBlock(thinking: string, signature: string): object {
  return { type: "thinking", thinking, signature };
}

export function redactedBlock(data: string): object {
  return { type: "redacted_thinking", data };
}

export function toolUseBlock(id: string, name: string, input: object): object {
  return { type: "tool_use", id, name, input, caller: { type: "direct" } };
}

/** For example an image: without it, the answer would be a different one. */
export function noPlaceFor(block: object): SignetError {
  const kind = JSON.stringify(Object.keys(block)[0]?.slice(0, 80));
  return new SignetError(
    "upstream_invalid",
    `The model's answer has a part that a message can't contain: ${kind}.`,
  );
}

export interface Ending {
  stop_reason: string;
  stop_sequence: string | null;
  stop_details: object | null;
}

/**
 * Why the answer ended. Converse doesn't report the stop sequence: it is known only if the request has just one.
 * Throws `upstream_invalid` if the model's answer is malformed.
 */
export function endingOf(stopReason: StopReason, answer: MessageAnswer): Ending {
  const ending = { stop_reason: stopReason, stop_sequence: null, stop_details: null };
  switch (stopReason) {
    case "end_turn":
    case "max_tokens":
    case "model_context_window_exceeded":
      return ending;
    case "stop_sequence":
      return { ...ending, stop_sequence: onlyOne(answer.stopSequences) };
    case "tool_use":
      return answer.suppressCalls ? { ...ending, stop_reason: "end_turn" } : ending;
    case "content_filtered":
    case "guardrail_intervened": {
      const details = { type: "refusal", category: null, explanation: null };
      return { ...ending, stop_reason: "refusal", stop_details: details };
    }
    case "malformed_model_output":
    case "malformed_tool_use":
      throw new SignetError("upstream_invalid", "The model's answer was malformed. Try again.");
    default:
      // A newer reason of Bedrock's: the answer did end.
      stopReason satisfies never;
      return { ...ending, stop_reason: "end_turn" };
  }
}

function onlyOne(sequences: readonly string[]): string | null {
  const [first = null] = sequences;
  return sequences.length === 1 ? first : null;
}

/** Tokens, one to one: Anthropic's input tokens exclude cached ones, as Converse's do. */
export function usageOf(usage: ConverseUsage): object {
  return { ...countsOf(usage), inference_geo: null, service_tier: null, speed: null };
}

/** The same in `message_delta`, which has fewer fields. */
export function countsOf(usage: ConverseUsage): object {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
    cache_read_input_tokens: usage.cacheReadInputTokens ?? 0,
    cache_creation: cacheCreationOf(usage),
    output_tokens: usage.outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
  };
}

function cacheCreationOf({ cacheDetails }: ConverseUsage): object | null {
  if (!cacheDetails) return null;
  const kept = (asked: string) =>
    cacheDetails.filter(({ ttl }) => ttl === asked).reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  return { ephemeral_5m_input_tokens: kept("5m"), ephemeral_1h_input_tokens: kept("1h") };
}
