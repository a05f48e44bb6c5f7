/** The shape of Converse's request body. Source: the service model of bedrock-runtime. */
import { z } from "zod";
import { cachePoint, contentBlock, guardContent, json, toolName } from "./converse-content.ts";

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

export const converseSchema = z.strictObject({
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
  projectIdentifier: z
    .string()
    .regex(/^(?:[a-zA-Z0-9_-]+|arn:aws[a-z-]*:bedrock:[0-9a-z-]{1,20}:[0-9]{12}:project\/[a-zA-Z0-9_-]+)$/)
    .optional(),
  requestMetadata: z.record(z.string(), z.string().max(256)).optional(),
  performanceConfig: z.strictObject({ latency: z.enum(["standard", "optimized"]).optional() }).optional(),
  serviceTier: z.strictObject({ type: z.enum(["priority", "default", "flex", "reserved"]) }).optional(),
});

export type ConverseRequest = z.infer<typeof converseSchema>;
