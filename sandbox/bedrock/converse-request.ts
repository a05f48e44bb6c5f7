/**
 * Converse's request body: shapes, then the rules between messages, refused in Bedrock's wording.
 * Source: the service model of bedrock-runtime; the Converse page of the Bedrock user guide.
 */
import { z } from "zod";
import { validationError } from "../errors.ts";
import { checkConversation } from "./converse-rules.ts";
import { parseShape } from "./shape.ts";
import { plainTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

const MAX_IMAGE_BYTES = 3_750_000;
const MAX_DOCUMENT_BYTES = 4_500_000;

const sourceSchema = (limit: number) =>
  z.union([
    z.strictObject({
      bytes: z.base64().refine((text) => text !== "" && Buffer.byteLength(text, "base64") <= limit),
    }),
    z.strictObject({
      s3Location: z.strictObject({ uri: z.string().startsWith("s3://"), bucketOwner: z.string().optional() }),
    }),
  ]);

const image = z.strictObject({
  format: z.enum(["png", "jpeg", "gif", "webp"]),
  source: sourceSchema(MAX_IMAGE_BYTES),
});

const document = z.strictObject({
  format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]).optional(),
  // Alphanumerics, single spaces, hyphens, parentheses and square brackets.
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[a-zA-Z0-9()[\]-]+( [a-zA-Z0-9()[\]-]+)*$/),
  source: z.union([sourceSchema(MAX_DOCUMENT_BYTES), z.strictObject({ text: z.string().min(1) })]),
  context: z.string().optional(),
  citations: z.strictObject({ enabled: z.boolean() }).optional(),
});

const video = z.strictObject({
  format: z.enum(["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"]),
  source: sourceSchema(25_000_000),
});

const toolUseId = z.string().regex(/^[a-zA-Z0-9_.:-]{1,64}$/);
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const json = z.record(z.string(), z.unknown());
const cachePoint = z.strictObject({ type: z.literal("default"), ttl: z.enum(["5m", "1h"]).optional() });

const toolResultContent = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ json }),
  z.strictObject({ image }),
  z.strictObject({ document }),
  z.strictObject({ video }),
]);

const contentBlock = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ image }),
  z.strictObject({ document }),
  z.strictObject({ video }),
  z.strictObject({ toolUse: z.strictObject({ toolUseId, name: toolName, input: json }) }),
  z.strictObject({
    toolResult: z.strictObject({
      toolUseId,
      content: z.array(toolResultContent),
      status: z.enum(["success", "error"]).optional(),
    }),
  }),
  z.strictObject({ guardContent: z.strictObject({ text: z.strictObject({ text: z.string() }) }) }),
  z.strictObject({ cachePoint }),
  z.strictObject({
    reasoningContent: z.union([
      z.strictObject({
        reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }),
      }),
      z.strictObject({ redactedContent: z.base64() }),
    ]),
  }),
]);

type ContentBlock = z.infer<typeof contentBlock>;

const messageSchema = z.strictObject({
  role: z.enum(["user", "assistant"]),
  content: z.array(contentBlock).min(1),
});
export type Message = z.infer<typeof messageSchema>;

const systemBlock = z.union([
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({ cachePoint }),
  z.strictObject({ guardContent: z.strictObject({ text: z.strictObject({ text: z.string() }) }) }),
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
    .strictObject({ textFormat: textFormat.optional(), effort: z.string().optional() })
    .optional(),
  additionalModelRequestFields: json.optional(),
  additionalModelResponseFieldPaths: z.array(z.string()).max(10).optional(),
  promptVariables: json.optional(),
  requestMetadata: z.record(z.string(), z.string().max(256)).optional(),
  performanceConfig: z.strictObject({ latency: z.enum(["standard", "optimized"]).optional() }).optional(),
  serviceTier: z.strictObject({ type: z.enum(["priority", "default", "flex", "reserved"]) }).optional(),
});

export type ConverseRequest = z.infer<typeof converseSchema>;

export function parseConverse(body: unknown): ConverseRequest {
  const request = parseShape(converseSchema, body);
  checkConversation(request);
  return request;
}

export function converseTurn(request: ConverseRequest): Turn {
  const last = request.messages.at(-1);
  const blocks = last?.role === "user" ? last.content : [];
  const system = (request.system ?? []).map((block) => ("text" in block ? block.text : ""));
  const everything = [...system, ...request.messages.flatMap(({ content }) => content.map(textOf))];
  const tools = (request.toolConfig?.tools ?? []).flatMap((each) =>
    "toolSpec" in each ? [each.toolSpec.name] : [],
  );
  return plainTurn(blocks.map((block) => ("text" in block ? block.text : "")).join("\n"), {
    toolResults: blocks.flatMap((block) => ("toolResult" in block ? [textOf(block)] : [])),
    inputCharacters: everything.join("").length,
    tools,
    forcedTool: forcedTool(request, tools),
    maxTokens: request.inferenceConfig?.maxTokens ?? null,
    stopSequences: request.inferenceConfig?.stopSequences ?? [],
    schema: schemaOf(request),
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

function textOf(block: ContentBlock): string {
  if ("text" in block) return block.text;
  if ("guardContent" in block) return block.guardContent.text.text;
  if (!("toolResult" in block)) return "";
  return block.toolResult.content
    .map((each) => ("text" in each ? each.text : "json" in each ? JSON.stringify(each.json) : ""))
    .join(" ");
}
