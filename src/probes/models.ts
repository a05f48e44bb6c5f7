/** What a model's name says: whether a pattern covers it, which operations it has, whose it is. */
import { catalogueModel } from "../bedrock/catalogue.ts";
import { foundationModelOf, isProfileId, matchesPattern, parseModelName, type Place } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";

/** As the gateway decides it: patterns that are ARNs are compared with the model's ARN. */
export function covers(pattern: string, model: string, place: Place): boolean {
  const named = parseModelName(model, place);
  if (pattern.startsWith("arn:")) return matchesPattern(pattern, named?.arn ?? model);
  return matchesPattern(pattern, named?.name ?? model);
}

export function isGuardrail(pattern: string): boolean {
  return pattern.startsWith("guardrail/") || pattern.includes(":guardrail/");
}

/** Whether the model supports the operation. */
export function serves(operation: Operation, model: string): boolean {
  switch (operation) {
    case "GetFoundationModel":
      return !isProfile(model) && foundationBehind(model) !== undefined;
    case "GetInferenceProfile":
      return isProfile(model);
    case "CountTokens":
      return isChat(model) && foundationBehind(model) !== undefined;
    case "Converse":
    case "ConverseStream":
      return isChat(model);
    case "InvokeModelWithResponseStream":
      return isChat(model) && catalogueModel(model)?.streaming !== false;
    default:
      return true;
  }
}

export function isProfile(model: string): boolean {
  return isProfileId(model) || /:(?:application-)?inference-profile\//.test(model);
}

/** The foundation model, which CountTokens requires; it can only be derived from a system-defined profile's name. */
export function foundationBehind(model: string): string | undefined {
  if (!model.startsWith("arn:")) return foundationModelOf(model);
  if (model.includes(":foundation-model/")) return model;
  return model.includes(":inference-profile/") ? foundationModelOf(idOf(model)) : undefined;
}

/** The vendor's part of a model's name, ARNs included: `anthropic`. */
export function vendorOf(model: string): string {
  return foundationModelOf(idOf(model)).split(".")[0] ?? "";
}

/** Of an id or an ARN. */
export function idOf(model: string): string {
  return model.startsWith("arn:") ? model.slice(model.indexOf("/") + 1) : model;
}

/** Also if it is unknown. */
function isChat(model: string): boolean {
  const { mode = "chat" } = catalogueModel(model) ?? {};
  return mode === "chat" && !isEmbedding(model);
}

export function isEmbedding(model: string): boolean {
  return /embed/.test(model);
}
