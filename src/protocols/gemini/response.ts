/** Converse's answer as Gemini's. */
import type { ConverseResponse, ConverseUsage, ReasoningBlock, StopReason } from "../../bedrock/converse.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import { jsonOfPart, type Part } from "../translation.ts";
import { signatureOf } from "./signature.ts";

/** What an answer needs to know about its request. */
export interface GeminiAnswer {
  responseId: string;
  /** The caller's name of the model. */
  modelVersion: string;
  tools: ToolNames;
  suppressCalls: boolean;
  includeThoughts: boolean;
}

export function renderContent(answer: GeminiAnswer, part: Part | undefined): string {
  const { output, stopReason, usage } = jsonOfPart(part) as ConverseResponse;
  const parts = partsOf(output.message.content, answer);
  return JSON.stringify(responseOf(answer, parts, { finishReason: finishReason(stopReason), usage }));
}

/** One response, whole or a piece of a stream. */
export function responseOf(
  { responseId, modelVersion }: GeminiAnswer,
  parts: readonly object[],
  last?: { finishReason: string; usage: ConverseUsage },
): object {
  const content = { role: "model", parts };
  const candidate = { content, ...(last && { finishReason: last.finishReason }), index: 0 };
  return {
    candidates: [candidate],
    ...(last && { usageMetadata: usageOf(last.usage) }),
    modelVersion,
    responseId,
  };
}

type Block = ConverseResponse["output"]["message"]["content"][number];

function partsOf(blocks: readonly Block[], answer: GeminiAnswer): object[] {
  const parts: object[] = [];
  let reasoning: ReasoningBlock["reasoningContent"][] = [];
  const push = (part: object) => {
    parts.push(signed(part, reasoning));
    reasoning = [];
  };
  for (const block of blocks) {
    if ("text" in block) push({ text: block.text });
    else if ("citationsContent" in block)
      for (const { text } of block.citationsContent.content ?? []) push({ text });
    else if ("reasoningContent" in block) {
      reasoning.push(block.reasoningContent);
      if (answer.includeThoughts && "reasoningText" in block.reasoningContent)
        parts.push({ text: block.reasoningContent.reasoningText.text, thought: true });
    } else if ("toolUse" in block && !answer.suppressCalls) {
      const { toolUseId: id, name, input } = block.toolUse;
      push({ functionCall: { id, name: answer.tools.own(name), args: input } });
    }
  }
  if (reasoning.length > 0) push({ text: "" });
  return parts;
}

/** A part with the reasoning that came before it, so that both come back together. */
export function signed(part: object, reasoning: readonly ReasoningBlock["reasoningContent"][]): object {
  return reasoning.length === 0 ? part : { ...part, thoughtSignature: signatureOf(reasoning) };
}

export function finishReason(stopReason: StopReason): string {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return "STOP";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "MAX_TOKENS";
    case "content_filtered":
    case "guardrail_intervened":
      return "SAFETY";
    case "malformed_tool_use":
      return "MALFORMED_FUNCTION_CALL";
    case "malformed_model_output":
      return "OTHER";
    default:
      // A newer reason of Bedrock's: the answer did end.
      stopReason satisfies never;
      return "STOP";
  }
}

/** Gemini's prompt tokens include cached ones; Converse's don't. */
function usageOf(usage: ConverseUsage): object {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const promptTokenCount = inputTokens + cacheReadInputTokens + cacheWriteInputTokens;
  return {
    promptTokenCount,
    candidatesTokenCount: outputTokens,
    totalTokenCount: promptTokenCount + outputTokens,
    ...(cacheReadInputTokens > 0 && { cachedContentTokenCount: cacheReadInputTokens }),
  };
}
