/** How much a model is to reason, in the fields that its vendor gave it. */
import type { ConverseRequest, JsonObject } from "./converse.ts";
import { claudeVersion, isClaude, type Model } from "./model.ts";

export type Effort = "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What to add to a Converse request, or why the model can't be told. */
export type Reasoning =
  | { fields?: JsonObject; outputConfig?: Pick<NonNullable<ConverseRequest["outputConfig"]>, "effort"> }
  | { problem: string };

/** Tokens; Claude takes no fewer than 1,024. */
const BUDGETS: Record<Effort, number> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
export const MIN_BUDGET = 1_024;

/** `maxTokens` bounds a Claude model's budget, which counts towards it. */
export function reasoningAtEffort(model: Model, effort: Effort, maxTokens: number): Reasoning {
  const base = model.base ?? "";
  if (isClaude(model)) return claudeReasoning(model, effort, maxTokens);
  if (base.startsWith("openai.gpt-oss")) return { fields: { reasoning_effort: threeLevels(effort) } };
  if (base.startsWith("amazon.nova-2"))
    return { fields: { reasoningConfig: { type: "enabled", maxReasoningEffort: threeLevels(effort) } } };
  return { problem: unknownReasoner(model) };
}

/** For callers that name a number of tokens. */
export function reasoningWithBudget(model: Model, budget: number, maxTokens: number): Reasoning {
  if (!isClaude(model)) return reasoningAtEffort(model, effortOfBudget(budget), maxTokens);
  if (isAdaptive(model)) return claudeReasoning(model, effortOfBudget(budget), maxTokens);
  return budgeted(model, budget, maxTokens);
}

/** Off: what keeps a model that would reason from doing so, where it can be kept. */
export function withoutReasoning(model: Model): Reasoning {
  const base = model.base ?? "";
  if (base.startsWith("openai.gpt-oss")) return { problem: "this model always reasons: the least is low." };
  return {};
}

function claudeReasoning(model: Model, effort: Effort, maxTokens: number): Reasoning {
  if (!isAdaptive(model)) return budgeted(model, BUDGETS[effort], maxTokens);
  const level = effort === "minimal" ? "low" : effort;
  return { fields: { thinking: { type: "adaptive" } }, outputConfig: { effort: level } };
}

function budgeted(model: Model, budget: number, maxTokens: number): Reasoning {
  if (!canReason(model)) return { problem: "this model does not reason." };
  if (maxTokens <= MIN_BUDGET)
    return { problem: `reasoning needs room for more than ${MIN_BUDGET} tokens in the answer.` };
  const budgetTokens = Math.max(MIN_BUDGET, Math.min(budget, maxTokens - 1));
  return { fields: { thinking: { type: "enabled", budget_tokens: budgetTokens } } };
}

/** From Claude 4.6 on the model finds its own measure, guided by an effort. */
function isAdaptive(model: Model): boolean {
  const [major, minor] = claudeVersion(model) ?? [0, 0];
  return major > 4 || (major === 4 && minor >= 6);
}

/** From Claude 3.7 on. */
function canReason(model: Model): boolean {
  const [major, minor] = claudeVersion(model) ?? [0, 0];
  return major > 3 || (major === 3 && minor >= 7);
}

function threeLevels(effort: Effort): "low" | "medium" | "high" {
  if (effort === "minimal" || effort === "low") return "low";
  return effort === "medium" ? "medium" : "high";
}

function effortOfBudget(budget: number): Effort {
  if (budget <= BUDGETS.low) return "low";
  return budget <= BUDGETS.medium ? "medium" : "high";
}

function unknownReasoner({ base }: Model): string {
  return base === null
    ? "which model stands behind this name is not known: its operator can say it (signet alias set --base)."
    : "how this model is told to reason is not known.";
}

/** Redacted reasoning so far, with a further piece of it: each has its own padding. */
export function joinRedacted(before: string | undefined, piece: string): string {
  if (before === undefined) return piece;
  return Buffer.concat([Buffer.from(before, "base64"), Buffer.from(piece, "base64")]).toString("base64");
}
