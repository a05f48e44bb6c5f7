/**
 * The fields of one family of models in a Converse request, besides Converse's own, and which of them conflict.
 * Source: the Converse page and each family's parameters in the Bedrock and Nova user guides; refusals as reported.
 */
import { z } from "zod";
import { validationError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import { effortSchema, samplingComplaint, thinkingSchema } from "../models/claude-sampling.ts";
import { callIdComplaint, inputComplaint, outputComplaint } from "../models/schema-rules.ts";
import { unknownChatField } from "../models/openai-fields.ts";
import type { FoundationModel } from "./catalogue.ts";
import type { ConverseRequest, Message } from "./inputs.ts";
import { parseShape } from "./shape.ts";

const claudeFields = z.strictObject({
  thinking: thinkingSchema.optional(),
  anthropic_beta: z.array(z.string()).optional(),
  top_k: z.int().min(0).optional(),
  output_config: z.looseObject({ effort: effortSchema.optional() }).optional(),
});

const gptOssFields = z.looseObject({ reasoning_effort: z.enum(["low", "medium", "high"]).optional() });

const novaFields = z.looseObject({
  reasoningConfig: z
    .strictObject({
      type: z.enum(["enabled", "disabled"]),
      maxReasoningEffort: z.enum(["low", "medium", "high"]).optional(),
    })
    .optional(),
});

/** Throws ValidationException if the model refuses the request. */
export function asksForReasoning(request: ConverseRequest, model: FoundationModel): boolean {
  if (model.family === "claude") return claudeThinks(request, model);
  if (model.family === "openai") return gptOssThinks(request);
  return model.id.startsWith("amazon.nova-2") && novaThinks(request);
}

function claudeThinks(request: ConverseRequest, model: FoundationModel): boolean {
  const fields = request.additionalModelRequestFields ?? {};
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(claudeFields.shape, name));
  if (unknown !== undefined) {
    throw refusedByModel(
      `Malformed input request: #: extraneous key [${unknown}] is not permitted, please reformat your input and try again.`,
    );
  }
  const { thinking, top_k: topK, output_config: output } = parseShape(claudeFields, fields);
  const { maxTokens, temperature, topP } = request.inferenceConfig ?? {};
  const choice = request.toolConfig?.toolChoice;
  const complaint = samplingComplaint(
    {
      thinking,
      maxTokens,
      temperature,
      topP,
      topK,
      effort: request.outputConfig?.effort ?? output?.effort,
      forcesTool: choice !== undefined && !("auto" in choice),
      answersUnthoughtCall: answersUnthoughtCall(request.messages),
    },
    model,
  );
  const refusal = complaint ?? schemaComplaint(request) ?? callIdsComplaint(request);
  if (refusal !== null) throw refusedByModel(refusal);
  return thinking?.type === "enabled" || thinking?.type === "adaptive";
}

/** The schema that the answer must have, or undefined. */
export function outputSchemaOf({ outputConfig }: ConverseRequest): unknown {
  const text = outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw validationError("The JSON schema in outputConfig.textFormat is not valid JSON.");
  }
}

function schemaComplaint(request: ConverseRequest): string | null {
  const complaint = outputComplaint(outputSchemaOf(request));
  if (complaint !== null) return `output_config.format.schema: ${complaint}`;
  const tools = (request.toolConfig?.tools ?? []).flatMap((tool) =>
    "toolSpec" in tool ? [tool.toolSpec] : [],
  );
  const complaints = tools.map((tool, i) => inputComplaint(tool.inputSchema.json, `tools.${i}`));
  return complaints.find((each) => each !== null) ?? null;
}

/** Converse itself takes dots and colons. Source: BerriAI/litellm#28825, langchain-ai/langchain#37756. */
function callIdsComplaint({ messages }: ConverseRequest): string | null {
  for (const [i, { content }] of messages.entries())
    for (const [j, block] of content.entries()) {
      const place = `messages.${i}.content.${j}`;
      const complaint =
        "toolUse" in block
          ? callIdComplaint(block.toolUse.toolUseId, `${place}.tool_use.id`)
          : "toolResult" in block
            ? callIdComplaint(block.toolResult.toolUseId, `${place}.tool_result.tool_use_id`)
            : null;
      if (complaint !== null) return complaint;
    }
  return null;
}

function answersUnthoughtCall(messages: Message[]): boolean {
  const call = messages.at(-2)?.content ?? [];
  const [first] = call;
  const beginsWithThinking = first !== undefined && "reasoningContent" in first;
  return call.some((block) => "toolUse" in block) && !beginsWithThinking;
}

function gptOssThinks({ additionalModelRequestFields: fields = {} }: ConverseRequest): boolean {
  const complaint = unknownChatField(fields);
  if (complaint !== null) throw refusedByModel(complaint);
  return parseShape(gptOssFields, fields).reasoning_effort !== undefined;
}

function novaThinks({ additionalModelRequestFields: fields = {} }: ConverseRequest): boolean {
  return parseShape(novaFields, fields).reasoningConfig?.type === "enabled";
}

function refusedByModel(message: string): AwsError {
  return validationError(`The model returned the following errors: ${message}`);
}
