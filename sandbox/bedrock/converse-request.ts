/**
 * Converse's request body: shapes, then the rules between messages, refused in Bedrock's wording.
 * Source: the service model of bedrock-runtime; the Converse page of the Bedrock user guide.
 */
import { z } from "zod";
import { validationError } from "../errors.ts";
import type { FoundationModel } from "./catalogue.ts";
import {
  cachePoint,
  contentBlock,
  guardContent,
  json,
  mediaOf,
  textOf,
  toolName,
} from "./converse-content.ts";
import { asksForReasoning } from "./converse-models.ts";
import { checkConversation } from "./converse-rules.ts";
import { parseShape } from "./shape.ts";
import { plainTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

const messageSchema = z.strictObject({
  role: z.enum(["user", "assistant"]),
  content: z.array(contentBlock).min(1),
});
export type Message = z.infer<typeof messageSchema>;

const systemBlock = z.union([
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({ cachePoint }),
  z.strictObject({ guardContent }),
]);

const tool = z.union([
  z.strictObject({
    toolSpec: z.strictObject({
      name: toolName,
      description: z.string().min(1).optional(),
      inputSchema: z.strictObject({ json }),
      strict: z.boolean().optional(),
    }),
  }),
  z.strictObject({ cachePoint }),
]);

const toolChoice = z.union([
  z.strictObject({ auto: z.strictObject({}) }),
  z.strictObject({ any: z.strictObject({}) }),
  z.strictObject({ tool: z.strictObject({ name: toolName }) }),
]);

const textFormat = z.strictObject({
  type: z.literal("json_schema"),
  structure: z.strictObject({
    jsonSchema: z.strictObject({
      schema: z.string(),
      name: z.string().optional(),
      description: z.string().optional(),
    }),
  }),
});

const guardrailConfig = z.strictObject({
  guardrailIdentifier: z.string().min(1),
  guardrailVersion: z.string().regex(/^([1-9]\d{0,7}|DRAFT)$/),
  trace: z.enum(["enabled", "disabled", "enabled_full"]).optional(),
  streamProcessingMode: z.enum(["sync", "async"]).optional(),
});

const converseSchema = z.strictObject({
  messages: z.array(messageSchema).min(1),
  system: z.array(systemBlock).optional(),
  inferenceConfig: z
    .strictObject({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(2500).optional(),
    })
    .optional(),
  toolConfig: z.strictObject({ tools: z.array(tool).min(1), toolChoice: toolChoice.optional() }).optional(),
  guardrailConfig: guardrailConfig.optional(),
  outputConfig: z
    .strictObject({
      textFormat: textFormat.optional(),
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
    })
    .optional(),
  additionalModelRequestFields: json.optional(),
  additionalModelResponseFieldPaths: z.array(z.string()).max(10).optional(),
  promptVariables: json.optional(),
  requestMetadata: z.record(z.string(), z.string().max(256)).optional(),
  performanceConfig: z.strictObject({ latency: z.enum(["standard", "optimized"]).optional() }).optional(),
  serviceTier: z.strictObject({ type: z.enum(["priority", "default", "flex", "reserved"]) }).optional(),
});

export type ConverseRequest = z.infer<typeof converseSchema>;

export function parseConverse(body: unknown, model: FoundationModel): ConverseRequest {
  const request = parseShape(converseSchema, body);
  checkConversation(request, model);
  return request;
}

export function converseTurn(request: ConverseRequest, model: FoundationModel): Turn {
  const last = request.messages.at(-1);
  const blocks = last?.role === "user" ? last.content : [];
  const system = (request.system ?? []).flatMap((block) => ("text" in block ? [block.text] : []));
  const everything = [...system, ...request.messages.flatMap(({ content }) => content.map(textOf))];
  const tools = (request.toolConfig?.tools ?? []).flatMap((each) =>
    "toolSpec" in each ? [each.toolSpec.name] : [],
  );
  return plainTurn(blocks.map((block) => ("text" in block ? block.text : "")).join("\n"), {
    system: system.join("\n"),
    media: blocks.flatMap(mediaOf),
    toolResults: blocks.flatMap((block) => ("toolResult" in block ? [textOf(block)] : [])),
    inputCharacters: everything.join("").length,
    tools,
    forcedTool: forcedTool(request, tools),
    maxTokens: request.inferenceConfig?.maxTokens ?? null,
    stopSequences: request.inferenceConfig?.stopSequences ?? [],
    schema: schemaOf(request),
    thinks: asksForReasoning(request, model),
    signs: model.family === "claude",
  });
}

function forcedTool({ toolConfig }: ConverseRequest, tools: string[]): string | null {
  const choice = toolConfig?.toolChoice;
  if (choice === undefined || "auto" in choice) return null;
  return "tool" in choice ? choice.tool.name : (tools[0] ?? null);
}

function schemaOf({ outputConfig }: ConverseRequest): unknown {
  const text = outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw validationError("The JSON schema in outputConfig.textFormat is not valid JSON.");
  }
}
