/** Gemini's `generationConfig` and `safetySettings` as Converse's settings. */
import type { JsonObject } from "../../bedrock/converse.ts";
import {
  inferenceConfigOf,
  jsonSchemaFormat,
  type ConverseParts,
  type InferenceConfig,
  type TextFormat,
} from "../../bedrock/converse-request.ts";
import { isClaude, type Model } from "../../bedrock/model.ts";
import {
  reasoningAtEffort,
  reasoningWithBudget,
  withoutReasoning,
  type Effort,
  type Reasoning,
} from "../../bedrock/reasoning.ts";
import {
  absent,
  checkFields,
  count,
  flag,
  fraction,
  invalid,
  list,
  number,
  oneOf,
  optional,
  text,
  stopSequences,
  unsupported,
  type Json,
} from "../fields.ts";
import { fieldsOf } from "./names.ts";
import { outputSchema } from "../schemas.ts";
import { jsonSchemaOf } from "./schema.ts";
import { GENERATION, THINKING } from "./support.ts";

const PATH = "generationConfig";

export interface Generation extends Pick<ConverseParts, "inferenceConfig" | "textFormat" | "reasoning"> {
  includeThoughts: boolean;
}

export function readGeneration(value: unknown, model: Model): Generation {
  if (absent(value)) return { includeThoughts: false };
  const config = fieldsOf(value, PATH);
  checkFields(config, GENERATION, PATH);
  const inferenceConfig = inferenceOf(config);
  const thinking = thinkingOf(config, model, inferenceConfig.maxTokens);
  return {
    inferenceConfig,
    textFormat: formatOf(config),
    reasoning: { ...thinking, fields: { ...topKOf(config, model), ...thinking.fields } },
    includeThoughts: thinking.includeThoughts,
  };
}

function inferenceOf(config: Json): InferenceConfig {
  return inferenceConfigOf({
    maxTokens: optional(config["maxOutputTokens"], `${PATH}.maxOutputTokens`, count),
    temperature: optional(config["temperature"], `${PATH}.temperature`, fraction),
    topP: optional(config["topP"], `${PATH}.topP`, fraction),
    stopSequences: optional(config["stopSequences"], `${PATH}.stopSequences`, stopSequences),
  });
}

/** Converse has no field for it, but Claude's own format does. */
function topKOf(config: Json, model: Model): JsonObject {
  const topK = optional(config["topK"], `${PATH}.topK`, count);
  if (topK === undefined) return {};
  if (!isClaude(model)) throw unsupported(`${PATH}.topK`, "Converse has no counterpart for this model.");
  return { top_k: topK };
}

function formatOf(config: Json): TextFormat | undefined {
  const mimeType = optional(config["responseMimeType"], `${PATH}.responseMimeType`, (v, p) =>
    oneOf(v, p, ["text/plain", "application/json"]),
  );
  const schema =
    optional(config["responseJsonSchema"], `${PATH}.responseJsonSchema`, outputSchema) ??
    optional(config["responseSchema"], `${PATH}.responseSchema`, (v, p) =>
      outputSchema(jsonSchemaOf(v, p), p),
    );
  if (mimeType !== "application/json") {
    if (schema) throw invalid(`${PATH}.responseMimeType`, "a schema requires application/json.");
    return undefined;
  }
  if (!schema)
    throw unsupported(`${PATH}.responseMimeType`, "Bedrock needs a schema: add responseJsonSchema.");
  return jsonSchemaFormat(schema, { name: "response" });
}

type Thinking = Exclude<Reasoning, { problem: string }> & { includeThoughts: boolean };

function thinkingOf(config: Json, model: Model, maxTokens = Number.POSITIVE_INFINITY): Thinking {
  if (absent(config["thinkingConfig"])) return { includeThoughts: false };
  const path = `${PATH}.thinkingConfig`;
  const thinking = fieldsOf(config["thinkingConfig"], path);
  checkFields(thinking, THINKING, path);
  const includeThoughts = optional(thinking["includeThoughts"], `${path}.includeThoughts`, flag) ?? false;
  const asked = reasoningFor(thinking, path, { model, maxTokens });
  if ("problem" in asked) throw unsupported(path, asked.problem);
  return { ...asked, includeThoughts };
}

const LEVELS = ["MINIMAL", "LOW", "MEDIUM", "HIGH"] as const;

function reasoningFor(
  thinking: Json,
  path: string,
  { model, maxTokens }: { model: Model; maxTokens: number },
): Reasoning {
  const level = optional(thinking["thinkingLevel"], `${path}.thinkingLevel`, (v, p) =>
    oneOf(typeof v === "string" ? v.toUpperCase() : v, p, LEVELS),
  );
  if (level) return reasoningAtEffort(model, level.toLowerCase() as Effort, maxTokens);
  // −1 lets the model decide.
  const budget = optional(thinking["thinkingBudget"], `${path}.thinkingBudget`, (v, p) =>
    number(v, p, -1, Number.MAX_SAFE_INTEGER),
  );
  if (budget === undefined) return {};
  if (budget === 0) return withoutReasoning(model);
  return budget < 0
    ? reasoningAtEffort(model, "medium", maxTokens)
    : reasoningWithBudget(model, budget, maxTokens);
}

const OFF = new Set(["OFF", "BLOCK_NONE", "HARM_BLOCK_THRESHOLD_UNSPECIFIED"]);

/** Bedrock has guardrails instead: a requested filter can't be dropped silently. */
export function checkSafety(value: unknown): void {
  if (absent(value)) return;
  for (const [i, each] of list(value, "safetySettings").entries()) {
    const path = `safetySettings.${i}`;
    const threshold = text(fieldsOf(each, path)["threshold"], `${path}.threshold`);
    if (!OFF.has(threshold))
      throw unsupported(
        `${path}.threshold`,
        "Bedrock filters by guardrails: only OFF and BLOCK_NONE are possible.",
      );
  }
}
