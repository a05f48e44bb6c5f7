/**
 * How much a model should reason, in its vendor's fields. The catalogue says which levels a Claude model takes, and
 * whether it can do without; for one that it doesn't list, its version does.
 */
import { catalogueModel } from "./catalogue.ts";
import type { ConverseRequest, JsonObject } from "./converse.ts";
import { claudeVersion, isClaude, type Model } from "./model.ts";

export type Effort = "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What to add to a Converse request, or why that isn't possible. */
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

/** Claude's, the weakest first. */
const LEVELS: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

/** `maxTokens` bounds a Claude model's budget, which counts towards it. */
export function reasoningAtEffort(model: Model, effort: Effort, maxTokens: number): Reasoning {
  const base = model.base ?? "";
  if (isClaude(model)) return claudeReasoning(model, effort, maxTokens);
  if (base.startsWith("openai.gpt-oss")) return { fields: { reasoning_effort: threeLevels(effort) } };
  if (base.startsWith("amazon.nova-2"))
    return { fields: { reasoningConfig: { type: "enabled", maxReasoningEffort: threeLevels(effort) } } };
  return { problem: unknownReasoner(model) };
}

/** For callers that give a number of tokens. */
export function reasoningWithBudget(model: Model, budget: number, maxTokens: number): Reasoning {
  if (!isClaude(model)) return reasoningAtEffort(model, effortOfBudget(budget), maxTokens);
  if (isAdaptive(model)) return claudeReasoning(model, effortOfBudget(budget), maxTokens);
  return budgeted(model, budget, maxTokens);
}

/** Off: keeps a model from reasoning, if that is possible. */
export function withoutReasoning(model: Model): Reasoning {
  const base = model.base ?? "";
  const { thinking } = catalogueModel(base) ?? {};
  if (base.startsWith("openai.gpt-oss") || thinking === "always")
    return { problem: "this model always reasons: the lowest effort is low." };
  return isClaude(model) && thinking === "default" ? { fields: { thinking: { type: "disabled" } } } : {};
}

function claudeReasoning(model: Model, effort: Effort, maxTokens: number): Reasoning {
  if (!isAdaptive(model)) return budgeted(model, BUDGETS[effort], maxTokens);
  return { fields: { thinking: { type: "adaptive" } }, outputConfig: { effort: levelOf(model, effort) } };
}

/** The asked level, or the next lower one that the model takes: not all take `xhigh`. */
function levelOf({ base }: Model, asked: Effort): Effort {
  const { efforts = [] } = catalogueModel(base ?? "") ?? {};
  const level = asked === "minimal" ? "low" : asked;
  if (efforts.length === 0) return level;
  const upTo = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
  return upTo.findLast((each) => efforts.includes(each)) ?? "low";
}

function budgeted(model: Model, budget: number, maxTokens: number): Reasoning {
  if (!canReason(model)) return { problem: "this model doesn't reason." };
  if (maxTokens <= MIN_BUDGET)
    return { problem: `reasoning needs room for more than ${MIN_BUDGET} tokens in the answer.` };
  const budgetTokens = Math.max(MIN_BUDGET, Math.min(budget, maxTokens - 1));
  return { fields: { thinking: { type: "enabled", budget_tokens: budgetTokens } } };
}

/** From Claude 4.6 on the model chooses its own budget, guided by an effort. */
function isAdaptive(model: Model): boolean {
  if (catalogueModel(model.base ?? "")?.adaptiveThinking === true) return true;
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
    ? "the model behind this name is unknown: the operator can set it (signet alias set --base)."
    : "it is unknown how to set this model's reasoning.";
}

/** Redacted reasoning so far, with another piece: each has its own padding. */
export function joinRedacted(before: string | undefined, piece: string): string {
  if (before === undefined) return piece;
  return Buffer.concat([Buffer.from(before, "base64"), Buffer.from(piece, "base64")]).toString("base64");
}
