/** Anthropic's Messages request as Bedrock takes it: by InvokeModel, and by the endpoints that speak Anthropic's API. */
import { z } from "zod";
import { validationError } from "../errors.ts";
import type { FoundationModel } from "../bedrock/catalogue.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import type { Turn } from "../bedrock/turn.ts";
import { contentBlock, mediaOf, text, textOf } from "./claude-content.ts";
import type { ClaudeBlock } from "./claude-content.ts";
import type { ClaudeMessage } from "./claude-content.ts";
import { checkMessages } from "./claude-rules.ts";
import { effortSchema, samplingComplaint, thinkingSchema } from "./claude-sampling.ts";
import type { Sampling } from "./claude-sampling.ts";
import { inputComplaint, outputComplaint } from "./schema-rules.ts";

const message = z.strictObject({
  role: z.enum(["user", "assistant"]),
  content: z.union([z.string().min(1), z.array(contentBlock).min(1)]),
});

const shared = z.strictObject({
  max_tokens: z.int().min(1),
  messages: z.array(message).min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  tool_choice: z
    .looseObject({ type: z.enum(["auto", "any", "tool", "none"]), name: z.string().optional() })
    .optional(),
  thinking: thinkingSchema.optional(),
  output_config: z
    .looseObject({
      effort: effortSchema,
      format: z.looseObject({ schema: z.unknown() }).nullish(),
    })
    .optional(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).optional(),
  context_management: z.looseObject({}).optional(),
  cache_control: z.looseObject({}).optional(),
});

/** The path has the model and streaming: in the body both are refused, as on AWS. */
const invokeSchema = shared.extend({
  anthropic_version: z.string(),
  anthropic_beta: z.array(z.string()).optional(),
});

/** A header has the version and the betas. */
const messagesSchema = shared.extend({
  model: z.string(),
  stream: z.boolean().optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
});

const countSchema = shared.omit({ max_tokens: true }).extend({ model: z.string() });

type ClaudeRequest = Omit<z.infer<typeof shared>, "max_tokens"> & { max_tokens?: number };

export function claudeTurn(body: unknown, model: FoundationModel): Turn {
  refuseExtras(invokeSchema, body);
  return turnOf(parseShape(invokeSchema, body), model);
}

export function messagesTurn(body: unknown, model: FoundationModel): Turn {
  refuseExtras(messagesSchema, body);
  return turnOf(parseShape(messagesSchema, body), model);
}

/** For counting tokens: nothing is generated, so there is no limit. */
export function countTurn(body: unknown, model: FoundationModel): Turn {
  refuseExtras(countSchema, body);
  return turnOf(parseShape(countSchema, body), model);
}

function refuseExtras(schema: z.ZodObject, body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  const extra = Object.keys(body).find((name) => !Object.hasOwn(schema.shape, name));
  if (extra !== undefined) throw validationError(`${extra}: Extra inputs are not permitted`);
  for (const [name, field] of Object.entries(schema.shape)) {
    const isRequired = !z.safeParse(field, undefined).success;
    if (isRequired && !Object.hasOwn(body, name)) throw validationError(`${name}: Field required`);
  }
}

function turnOf(request: ClaudeRequest, model: FoundationModel): Turn {
  const messages = request.messages.map(({ role, content }) => ({ role, content: blocksOf(content) }));
  checkMessages(messages);
  const complaint = samplingComplaint(samplingOf(request, messages), model) ?? schemaComplaint(request);
  if (complaint !== null) throw validationError(complaint);
  const last = messages.at(-1);
  const blocks = last?.role === "user" ? last.content : [];
  const { system = [], thinking } = request;
  const systemTexts = typeof system === "string" ? [system] : system.map((part) => part.text);
  const everything = [...systemTexts, ...messages.flatMap(({ content }) => content.map(textOf))];
  const tools = request.tool_choice?.type === "none" ? [] : (request.tools ?? []).map(({ name }) => name);
  return plainTurn(blocks.map((block) => (block.type === "text" ? block.text : "")).join("\n"), {
    system: systemTexts.join("\n"),
    media: blocks.flatMap(mediaOf),
    toolResults: blocks.flatMap((block) => (block.type === "tool_result" ? [textOf(block)] : [])),
    inputCharacters: everything.join("").length,
    tools,
    forcedTool: forcedTool(request),
    maxTokens: request.max_tokens ?? null,
    stopSequences: request.stop_sequences ?? [],
    schema: request.output_config?.format?.schema,
    thinks: thinking?.type === "enabled" || thinking?.type === "adaptive",
    signs: true,
    tooLong: "prompt is too long: 210000 tokens > 200000 maximum",
  });
}

/** Tools with a type are Anthropic's own: they have no schema. */
function schemaComplaint({ output_config: output, tools = [] }: ClaudeRequest): string | null {
  const format = output?.format;
  const complaint = format ? outputComplaint(format.schema) : null;
  if (complaint !== null) return `output_config.format.schema: ${complaint}`;
  const complaints = tools.map((tool, i) =>
    "input_schema" in tool || !("type" in tool) ? inputComplaint(tool["input_schema"], `tools.${i}`) : null,
  );
  return complaints.find((each) => each !== null) ?? null;
}

function samplingOf(request: ClaudeRequest, messages: ClaudeMessage[]): Sampling {
  const call = messages.at(-2)?.content ?? [];
  const beginsWithThinking = call[0]?.type === "thinking" || call[0]?.type === "redacted_thinking";
  return {
    thinking: request.thinking,
    maxTokens: request.max_tokens,
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    effort: request.output_config?.effort,
    forcesTool: request.tool_choice?.type === "any" || request.tool_choice?.type === "tool",
    answersUnthoughtCall: call.some((block) => block.type === "tool_use") && !beginsWithThinking,
  };
}

function blocksOf(content: string | ClaudeBlock[]): ClaudeBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function forcedTool({ tool_choice: choice, tools }: ClaudeRequest): string | null {
  if (choice?.type === "tool") return choice.name ?? null;
  return choice?.type === "any" ? (tools?.[0]?.name ?? null) : null;
}
