/** Options that Chat Completions and Responses share: sampling, effort, JSON schemas, service tier, caching. */
import {
  inferenceConfigOf,
  jsonSchemaFormat,
  type InferenceConfig,
  type TextFormat,
} from "../../bedrock/converse-request.ts";
import type { Model } from "../../bedrock/model.ts";
import { reasoningAtEffort, withoutReasoning, type Reasoning } from "../../bedrock/reasoning.ts";
import {
  absent,
  checkFields,
  count,
  fraction,
  invalid,
  object,
  oneOf,
  optional,
  text,
  unsupported,
  type Json,
  type SupportTable,
} from "../fields.ts";
import { outputSchema } from "../schemas.ts";

/** `limit`: the field that bounds the answer's tokens. */
export function readInference(body: Json, limit: string, stopSequences?: string[]): InferenceConfig {
  return inferenceConfigOf({
    maxTokens: optional(body[limit], limit, count),
    temperature: optional(body["temperature"], "temperature", fraction),
    topP: optional(body["top_p"], "top_p", fraction),
    stopSequences,
  });
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type EffortOrNone = (typeof EFFORTS)[number];

export function readEffort(value: unknown, path: string): EffortOrNone | undefined {
  return optional(value, path, (v, p) => oneOf(v, p, EFFORTS));
}

/** `maxTokens` bounds a budget that counts towards it. `path`: of the effort. */
export function reasoningFor(
  model: Model,
  effort: EffortOrNone | undefined,
  { path, maxTokens = Number.POSITIVE_INFINITY }: { path: string; maxTokens: number | undefined },
): Exclude<Reasoning, { problem: string }> {
  if (effort === undefined) return {};
  const reasoning = effort === "none" ? withoutReasoning(model) : reasoningAtEffort(model, effort, maxTokens);
  if ("problem" in reasoning) throw unsupported(path, reasoning.problem);
  return reasoning;
}

/** `{name, description, schema}` */
export function readJsonSchema(json: Json, path: string): TextFormat {
  const description = optional(json["description"], `${path}.description`, text);
  const schema = outputSchema(json["schema"], `${path}.schema`);
  return jsonSchemaFormat(schema, { name: text(json["name"], `${path}.name`), description });
}

/** Undefined is Bedrock's default. `further`: other names that the API has for `priority`. */
export function readServiceTier(
  body: Json,
  further: readonly string[] = [],
): "flex" | "priority" | undefined {
  const tiers = ["auto", "default", "flex", "priority", ...further];
  const tier = optional(body["service_tier"], "service_tier", (v, p) => oneOf(v, p, tiers));
  if (tier === undefined || tier === "auto" || tier === "default") return undefined;
  return tier === "flex" ? "flex" : "priority";
}

/** How long a marked prefix is cached if its own mark doesn't say; Bedrock's default is five minutes. */
export type CacheTtl = "1h" | undefined;

/** `prompt_cache_options`; `table`: how its fields are handled. */
export function readCacheTtl(body: Json, table: SupportTable): CacheTtl {
  if (absent(body["prompt_cache_options"])) return undefined;
  const path = "prompt_cache_options";
  const json = object(body[path], path);
  checkFields(json, table, path);
  const mode = optional(json["mode"], `${path}.mode`, (v, p) => oneOf(v, p, ["implicit", "explicit"]));
  if (mode === "implicit") throw invalid(`${path}.mode`, "Bedrock caches at explicit breakpoints only.");
  return optional(json["ttl"], `${path}.ttl`, cacheTtl);
}

/** OpenAI's minimum, `30m`, as Bedrock's `1h`; its `12h` exceeds Bedrock's maximum. */
export function cacheTtl(value: unknown, path: string): "1h" {
  oneOf(value, path, ["30m"]);
  return "1h";
}
