/** Options of the answer: reasoning, the form of its text, what else it includes. */
import type { TextFormat } from "../../../bedrock/converse-request.ts";
import { absent, checkFields, object, oneOf, optional, text, texts, type Json } from "../../fields.ts";
import { kindOf } from "../../kinds.ts";
import { readEffort, readJsonSchema, type EffortOrNone } from "../options.ts";
import { FORMAT, FORMAT_TYPES, INCLUDABLE, REASONING, TEXT } from "./support.ts";

const SUMMARIES = ["auto", "concise", "detailed"] as const;

/** `reasoning` as the caller requested it; null if it didn't. */
export interface ReasoningOptions {
  effort: EffortOrNone | null;
  summary: (typeof SUMMARIES)[number] | null;
}

export function readReasoning(body: Json): ReasoningOptions {
  if (absent(body["reasoning"])) return { effort: null, summary: null };
  const json = object(body["reasoning"], "reasoning");
  checkFields(json, REASONING, "reasoning");
  const effort = readEffort(json["effort"], "reasoning.effort");
  const name = absent(json["summary"]) ? "generate_summary" : "summary";
  const summary = optional(json[name], `reasoning.${name}`, (v, p) => oneOf(v, p, SUMMARIES));
  return { effort: effort ?? null, summary: summary ?? null };
}

export function readTextFormat(body: Json): TextFormat | undefined {
  if (absent(body["text"])) return undefined;
  const json = object(body["text"], "text");
  checkFields(json, TEXT, "text");
  if (absent(json["format"])) return undefined;
  const path = "text.format";
  const format = object(json["format"], path);
  if (kindOf(format["type"], `${path}.type`, FORMAT_TYPES) === "text") return undefined;
  checkFields(format, FORMAT, path);
  return readJsonSchema(format, path);
}

/** Reasoning always has its `encrypted_content`; nothing else can be included. */
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
