/**
 * Which model stands for a granted pattern, and which are surely not granted. Patterns are resolved among models
 * that are widely available; a pattern that none of them matches needs a model named by the operator.
 */
import type { Delegation, Grant } from "../core/delegation.ts";
import { foundationModelOf, isProfileId, matchesPattern, parseModelName } from "../core/model.ts";

/** Cheapest first of each vendor. Ids as in "Supported foundation models in Amazon Bedrock". */
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

/** One model for each pattern of a grant; undefined where none is known. `preferred` stands wherever it may. */
export function representatives(
  grant: Grant,
  preferred: string | undefined,
): { pattern: string; model: string | undefined }[] {
  return grant.models
    .filter((pattern) => !isGuardrail(pattern))
    .map((pattern) => ({ pattern, model: representative(pattern, preferred) }));
}

function representative(pattern: string, preferred: string | undefined): string | undefined {
  if (preferred !== undefined && matchesPattern(pattern, preferred)) return preferred;
  if (!pattern.includes("*")) return pattern;
  return KNOWN.find((model) => matchesPattern(pattern, model));
}

export function isGuardrail(pattern: string): boolean {
  return pattern.startsWith("guardrail/") || pattern.includes(":guardrail/");
}

/** Models that no grant covers, directly or behind a profile; none where everything is granted. */
export function notGranted({ grants }: Delegation): string[] {
  const patterns = grants.flatMap(({ models }) => models);
  const covered = (model: string) =>
    patterns.some(
      (pattern) =>
        matchesPattern(pattern, model) ||
        (isProfileId(pattern) && matchesPattern(foundationModelOf(pattern), model)),
    );
  return FOUNDATION.filter((model) => !isEmbedding(model) && !covered(model));
}

/** The vendor's part of a model's name, ARNs included: `anthropic`. */
export function vendorOf(model: string, delegation: Delegation): string {
  const name = parseModelName(model, delegation)?.name ?? model;
  const id = name.startsWith("arn:") ? (name.split("/").at(-1) ?? "") : name;
  return (isProfileId(id) ? foundationModelOf(id) : id).split(".")[0] ?? "";
}

export function isEmbedding(model: string): boolean {
  return /embed/.test(model);
}
