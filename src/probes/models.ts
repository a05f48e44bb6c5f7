/**
 * Which model represents a granted pattern, which operations it has, and which models are certainly not granted.
 * Patterns are matched against the models that the role itself lists, if granted, and widely available models.
 */
import type { Delegation, Grant } from "../core/delegation.ts";
import { foundationModelOf, isProfileId, matchesPattern, parseModelName, type Place } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";

/** For each vendor, the cheapest first. Ids as in "Supported foundation models in Amazon Bedrock". */
const FOUNDATION = [
  "amazon.nova-micro-v1:0",
  "amazon.nova-lite-v1:0",
  "amazon.nova-pro-v1:0",
  "amazon.titan-embed-text-v2:0",
  "anthropic.claude-3-haiku-20240307-v1:0",
  "anthropic.claude-3-5-haiku-20241022-v1:0",
  "anthropic.claude-haiku-4-5-20251001-v1:0",
  "anthropic.claude-3-5-sonnet-20241022-v2:0",
  "anthropic.claude-sonnet-4-20250514-v1:0",
  "anthropic.claude-sonnet-4-5-20250929-v1:0",
  "meta.llama3-8b-instruct-v1:0",
  "meta.llama3-3-70b-instruct-v1:0",
  "mistral.mistral-7b-instruct-v0:2",
  "mistral.pixtral-large-2502-v1:0",
  "cohere.embed-english-v3",
  "cohere.embed-v4:0",
  "openai.gpt-oss-20b-1:0",
  "deepseek.r1-v1:0",
];
const GEOGRAPHIES = ["us", "eu", "apac", "us-gov", "global"];
const KNOWN = [
  ...FOUNDATION,
  ...GEOGRAPHIES.flatMap((geography) => FOUNDATION.map((model) => `${geography}.${model}`)),
];

/** Models that may represent patterns, besides those known here. */
export interface Choice {
  /** Used wherever a pattern allows it. */
  probeModel?: string;
  /** Ids that the role's own account lists in its region. */
  offered?: readonly string[];
}

/** One model for each pattern of a grant; undefined if none is known. */
export function representatives(
  grant: Grant,
  place: Place,
  choice: Choice,
): { pattern: string; model: string | undefined }[] {
  return grant.models
    .filter((pattern) => !isGuardrail(pattern))
    .map((pattern) => ({ pattern, model: representative(pattern, place, choice) }));
}

function representative(
  pattern: string,
  place: Place,
  { probeModel, offered = [] }: Choice,
): string | undefined {
  if (probeModel !== undefined && covers(pattern, probeModel, place)) return probeModel;
  if (!pattern.includes("*")) return pattern;
  const listed = new Set(offered);
  const cheapFirst = [...KNOWN.filter((model) => listed.has(model)), ...offered, ...KNOWN];
  return cheapFirst.find((model) => covers(pattern, model, place));
}

/** As the gateway decides it: patterns that are ARNs are compared with the model's ARN. */
export function covers(pattern: string, model: string, place: Place): boolean {
  const named = parseModelName(model, place);
  if (pattern.startsWith("arn:")) return matchesPattern(pattern, named?.arn ?? model);
  return matchesPattern(pattern, named?.name ?? model);
}

export function isGuardrail(pattern: string): boolean {
  return pattern.startsWith("guardrail/") || pattern.includes(":guardrail/");
}

/** Models that no grant covers, directly or behind a profile; empty if everything is granted. */
export function notGranted(delegation: Delegation): string[] {
  const patterns = delegation.grants.flatMap(({ models }) => models);
  const granted = (model: string) =>
    patterns.some(
      (pattern) =>
        covers(pattern, model, delegation) || matchesPattern(foundationModelOf(idOf(pattern)), model),
    );
  return FOUNDATION.filter((model) => !isEmbedding(model) && !granted(model));
}

/** Whether the model supports the operation. */
export function serves(operation: Operation, model: string): boolean {
  switch (operation) {
    case "GetFoundationModel":
      return !isProfile(model) && foundationBehind(model) !== undefined;
    case "GetInferenceProfile":
      return isProfile(model);
    case "CountTokens":
      return !isEmbedding(model) && foundationBehind(model) !== undefined;
    case "Converse":
    case "ConverseStream":
    case "InvokeModelWithResponseStream":
      return !isEmbedding(model);
    default:
      return true;
  }
}

function isProfile(model: string): boolean {
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
function idOf(model: string): string {
  return model.startsWith("arn:") ? model.slice(model.indexOf("/") + 1) : model;
}

export function isEmbedding(model: string): boolean {
  return /embed/.test(model);
}
