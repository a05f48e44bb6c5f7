/** Converse's answer as a response of the Responses API. */
import type { ConverseResponse, ConverseUsage, StopReason } from "../../../bedrock/converse.ts";
import { SignetError } from "../../../core/errors.ts";
import { jsonOfPart, type Part } from "../../translation.ts";
import { draftOf, itemOf, type ItemContext, type OutputItem } from "./items.ts";

/** What an answer needs to know about its request. */
export interface ResponseAnswer extends ItemContext {
  /** The fields that don't change while the response is produced, as a JSON object. */
  echo: string;
  /** As the caller requested it. */
  serviceTier: string;
}

/** The parts of a response that change during its stream. */
export interface ResponseState {
  status: "in_progress" | "completed" | "incomplete" | "failed";
  incomplete_details: { reason: "max_output_tokens" | "content_filter" } | null;
  error: { code: string; message: string } | null;
  output: readonly OutputItem[];
  usage?: ResponseUsage;
  /** The one that served the call, if Bedrock reports it. */
  service_tier?: string;
}

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export type Ending = Pick<ResponseState, "incomplete_details"> & { status: "completed" | "incomplete" };

export function renderWhole(answer: ResponseAnswer, part: Part | undefined): string {
  const response = jsonOfPart(part) as ConverseResponse;
  const { stopReason, usage, serviceTier } = response;
  const ending = endingOf(stopReason);
  const drafts = response.output.message.content.flatMap((block) => draftOf(block, answer) ?? []);
  // If the answer ended early, its last item was cut.
  const output = drafts.map((draft, i) =>
    itemOf(draft, i, i === drafts.length - 1 ? ending.status : "completed", answer),
  );
  return responseJson(answer, {
    ...ending,
    error: null,
    output,
    usage: usageOf(usage),
    ...(serviceTier && { service_tier: serviceTier.type }),
  });
}

export function responseJson({ echo, serviceTier }: ResponseAnswer, state: ResponseState): string {
  return `${echo.slice(0, -1)},${JSON.stringify({ service_tier: serviceTier, ...state }).slice(1)}`;
}

/** Throws `upstream_invalid` if the model's answer is malformed. */
export function endingOf(stopReason: StopReason): Ending {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return { status: "completed", incomplete_details: null };
    case "max_tokens":
    case "model_context_window_exceeded":
      return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    case "content_filtered":
    case "guardrail_intervened":
      return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
    case "malformed_model_output":
    case "malformed_tool_use":
      throw new SignetError("upstream_invalid", "The model's answer was malformed. Try again.");
    default:
      // A newer reason of Bedrock's: the answer did end.
      stopReason satisfies never;
      return { status: "completed", incomplete_details: null };
  }
}

/**
 * OpenAI's input tokens include cached ones; Converse's don't. Converse includes reasoning in the output tokens
 * without a separate count.
 */
export function usageOf(usage: ConverseUsage): ResponseUsage {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const input = inputTokens + cacheReadInputTokens + cacheWriteInputTokens;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheReadInputTokens, cache_write_tokens: cacheWriteInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + outputTokens,
  };
}
