/** How the model is to answer: sampling, reasoning, the form of its text, the service tier. */
import type { ConverseRequest } from "../../../bedrock/converse.ts";
import type { Model } from "../../../bedrock/model.ts";
import { reasoningAtEffort, withoutReasoning, type Reasoning } from "../../../bedrock/reasoning.ts";
import {
  absent,
  checkFields,
  count,
  invalid,
  number,
  object,
  oneOf,
  optional,
  text,
  texts,
  unsupported,
  type Json,
} from "../../fields.ts";
import { cacheTtl, type CacheTtl } from "./content.ts";
import { kindOf } from "../../kinds.ts";
import { FORMAT, FORMAT_TYPES, INCLUDABLE, PROMPT_CACHE_OPTIONS, REASONING, TEXT } from "./support.ts";

type TextFormat = NonNullable<ConverseRequest["outputConfig"]>["textFormat"];

export function readInference(body: Json): NonNullable<ConverseRequest["inferenceConfig"]> {
  const maxTokens = optional(body["max_output_tokens"], "max_output_tokens", count);
  const temperature = optional(body["temperature"], "temperature", unit);
  const topP = optional(body["top_p"], "top_p", unit);
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
  };
}

function unit(value: unknown, path: string): number {
  return number(value, path, 0, 1);
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
const SUMMARIES = ["auto", "concise", "detailed"] as const;

/** `reasoning` as the caller asked for it; null where it said nothing. */
export interface ReasoningOptions {
  effort: (typeof EFFORTS)[number] | null;
  summary: (typeof SUMMARIES)[number] | null;
}

export function readReasoning(body: Json): ReasoningOptions {
  if (absent(body["reasoning"])) return { effort: null, summary: null };
  const json = object(body["reasoning"], "reasoning");
  checkFields(json, REASONING, "reasoning");
  const effort = optional(json["effort"], "reasoning.effort", (v, p) => oneOf(v, p, EFFORTS));
  const name = absent(json["summary"]) ? "generate_summary" : "summary";
  const summary = optional(json[name], `reasoning.${name}`, (v, p) => oneOf(v, p, SUMMARIES));
  return { effort: effort ?? null, summary: summary ?? null };
}

/** `maxTokens` bounds a budget that counts towards it. */
export function reasoningFor(
  model: Model,
  { effort }: ReasoningOptions,
  maxTokens = Number.POSITIVE_INFINITY,
): Exclude<Reasoning, { problem: string }> {
  if (effort === null) return {};
  const reasoning = effort === "none" ? withoutReasoning(model) : reasoningAtEffort(model, effort, maxTokens);
  if ("problem" in reasoning) throw unsupported("reasoning.effort", reasoning.problem);
  return reasoning;
}

export function readTextFormat(body: Json): TextFormat {
  if (absent(body["text"])) return undefined;
  const json = object(body["text"], "text");
  checkFields(json, TEXT, "text");
  if (absent(json["format"])) return undefined;
  const path = "text.format";
  const format = object(json["format"], path);
  if (kindOf(format["type"], `${path}.type`, FORMAT_TYPES) === "text") return undefined;
  checkFields(format, FORMAT, path);
  const description = optional(format["description"], `${path}.description`, text);
  return {
    type: "json_schema",
    structure: {
      jsonSchema: {
        schema: JSON.stringify(object(format["schema"], `${path}.schema`)),
        name: text(format["name"], `${path}.name`),
        ...(description !== undefined && { description }),
      },
    },
  };
}

const TIERS = ["auto", "default", "flex", "priority", "fast"] as const;

/** `fast` is another name of `priority`. Undefined is Bedrock's default. */
export function readServiceTier(body: Json): "flex" | "priority" | undefined {
  const tier = optional(body["service_tier"], "service_tier", (v, p) => oneOf(v, p, TIERS));
  if (tier === "fast") return "priority";
  return tier === "flex" || tier === "priority" ? tier : undefined;
}

export function readCacheTtl(body: Json): CacheTtl {
  if (absent(body["prompt_cache_options"])) return undefined;
  const path = "prompt_cache_options";
  const json = object(body[path], path);
  checkFields(json, PROMPT_CACHE_OPTIONS, path);
  const mode = optional(json["mode"], `${path}.mode`, (v, p) => oneOf(v, p, ["implicit", "explicit"]));
  if (mode === "implicit") throw invalid(`${path}.mode`, "Bedrock caches at explicit breakpoints only.");
  return optional(json["ttl"], `${path}.ttl`, cacheTtl);
}

/** Reasoning always comes with its `encrypted_content`; nothing else can be included. */
export function checkInclude(body: Json): void {
  const included = optional(body["include"], "include", texts) ?? [];
  for (const [i, value] of included.entries()) kindOf(value, `include.${i}`, INCLUDABLE);
}

/** Goes back to the caller with the answer. */
export function readMetadata(body: Json): Json {
  const metadata = optional(body["metadata"], "metadata", object) ?? {};
  for (const [name, value] of Object.entries(metadata)) text(value, `metadata.${name}`);
  return metadata;
}
