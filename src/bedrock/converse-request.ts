/** Builds Converse requests, without the fields that the caller didn't ask for. */
import type { CachePointBlock, ConverseRequest, JsonObject } from "./converse.ts";
import { withOwnDocumentNames } from "./document-names.ts";

export type InferenceConfig = NonNullable<ConverseRequest["inferenceConfig"]>;
export type TextFormat = NonNullable<NonNullable<ConverseRequest["outputConfig"]>["textFormat"]>;
export type System = NonNullable<ConverseRequest["system"]>;

export interface ConverseParts {
  messages: ConverseRequest["messages"];
  system?: System | undefined;
  inferenceConfig?: InferenceConfig;
  toolConfig?: ConverseRequest["toolConfig"];
  textFormat?: TextFormat | undefined;
  /** How much to reason (reasoning.ts). */
  reasoning?: { fields?: JsonObject; outputConfig?: { effort?: string } };
  serviceTier?: "flex" | "priority" | undefined;
}

export function converseRequest(parts: ConverseParts): ConverseRequest {
  const { messages, system = [], inferenceConfig = {}, toolConfig, textFormat, reasoning = {} } = parts;
  const { fields = {} } = reasoning;
  const outputConfig = { ...(textFormat && { textFormat }), ...reasoning.outputConfig };
  return {
    messages: withOwnDocumentNames(messages),
    ...(system.length > 0 && { system }),
    ...(hasAny(inferenceConfig) && { inferenceConfig }),
    ...(toolConfig && { toolConfig }),
    ...(hasAny(outputConfig) && { outputConfig }),
    ...(hasAny(fields) && { additionalModelRequestFields: fields }),
    ...(parts.serviceTier && { serviceTier: { type: parts.serviceTier } }),
  };
}

function hasAny(object: object): boolean {
  return Object.keys(object).length > 0;
}

type Optional<T> = { [Name in keyof T]: T[Name] | undefined };

export function inferenceConfigOf({
  maxTokens,
  temperature,
  topP,
  stopSequences = [],
}: Optional<InferenceConfig>): InferenceConfig {
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

export function jsonSchemaFormat(
  schema: JsonObject,
  { name, description }: { name?: string; description?: string | undefined } = {},
): TextFormat {
  return {
    type: "json_schema",
    structure: {
      jsonSchema: {
        schema: JSON.stringify(schema),
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
      },
    },
  };
}

/** Bedrock keeps what precedes it for five minutes by default. */
export function cachePoint(ttl?: "5m" | "1h"): CachePointBlock {
  return { cachePoint: { type: "default", ...(ttl && { ttl }) } };
}
