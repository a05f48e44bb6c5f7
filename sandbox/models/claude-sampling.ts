/**
 * How Claude's thinking, sampling and tool choice exclude one another, in Anthropic's wording.
 * Source: "Extended thinking", "Adaptive thinking", "Effort" and "Tool use" in Anthropic's documentation; refusals of the
 * newest models as in OpenHands/software-agent-sdk#3427 and earendil-works/pi#7081. Which model takes what is by the
 * catalogue; the wording for levels of effort, and for thinking that can't be switched off, is unconfirmed.
 */
import { z } from "zod";
import type { FoundationModel } from "../bedrock/catalogue.ts";

const MIN_BUDGET = 1024;
const MIN_TOP_P = 0.95;
const display = z.enum(["summarized", "omitted"]).nullish();

export const thinkingSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int(), display }),
  z.strictObject({ type: z.literal("adaptive"), display }),
  z.strictObject({ type: z.literal("disabled") }),
]);

export const effortSchema = z.enum(["low", "medium", "high", "xhigh", "max"]).nullish();

export interface Sampling {
  thinking: z.infer<typeof thinkingSchema> | undefined;
  maxTokens: number | undefined;
  temperature: number | undefined;
  topP: number | undefined;
  topK: number | undefined;
  effort: string | null | undefined;
  /** The tool choice forces the model to call a tool. */
  forcesTool: boolean;
  /** The request answers tool calls of a message that doesn't begin with thinking. */
  answersUnthoughtCall: boolean;
}

/** The model's refusal, or null. */
export function samplingComplaint(sampling: Sampling, model: FoundationModel): string | null {
  const { thinking, maxTokens, temperature, topP } = sampling;
  const unheard = modelComplaint(sampling, model);
  if (unheard !== null) return unheard;
  if (model.sampling === "one" && temperature !== undefined && topP !== undefined)
    return "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
  if (thinking === undefined || thinking.type === "disabled") return null;
  if (sampling.forcesTool) return "Thinking may not be enabled when tool_choice forces tool use.";
  if (temperature !== undefined && temperature !== 1)
    return "`temperature` may only be set to 1 when thinking is enabled.";
  if (topP !== undefined && topP < MIN_TOP_P)
    return "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.";
  if (sampling.topK !== undefined) return "`top_k` must be unset when thinking is enabled.";
  if (thinking.type === "adaptive") return null;
  if (thinking.budget_tokens < MIN_BUDGET)
    return `thinking.enabled.budget_tokens: Input should be greater than or equal to ${MIN_BUDGET}`;
  if (maxTokens !== undefined && maxTokens <= thinking.budget_tokens)
    return "`max_tokens` must be greater than `thinking.budget_tokens`.";
  if (!sampling.answersUnthoughtCall) return null;
  return (
    "Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` " +
    "message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks)."
  );
}

/** What this model doesn't take, whatever else is said. */
function modelComplaint(
  { thinking, temperature, topP, topK, effort }: Sampling,
  model: FoundationModel,
): string | null {
  const { efforts, sampling, adaptiveThinking = false } = model;
  if (sampling === false) {
    // Values that change nothing are taken.
    if (temperature !== undefined && temperature !== 1) return "`temperature` is deprecated for this model.";
    if (topP !== undefined && topP !== 1) return "`top_p` is deprecated for this model.";
    if (topK !== undefined) return "`top_k` is deprecated for this model.";
    if (thinking?.type === "enabled")
      return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  }
  if (thinking?.type === "disabled" && model.thinking === "always")
    return '"thinking.type.disabled" is not supported for this model.';
  if (thinking?.type === "adaptive" && !adaptiveThinking)
    return "adaptive thinking is not supported on this model";
  if (typeof effort !== "string" || efforts === undefined) return null;
  if (efforts.length === 0) return "This model does not support the effort parameter.";
  return efforts.some((each) => each === effort)
    ? null
    : `output_config.effort: "${effort}" is not supported by this model; supported values: ${efforts.join(", ")}`;
}
