/** A Chat Completions request to OpenAI's models on Bedrock, by InvokeModel and by the compatible endpoints. */
import { z } from "zod";
import { validationError } from "../errors.ts";
import type { FoundationModel } from "../bedrock/catalogue.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import type { Turn } from "../bedrock/turn.ts";
import { unknownChatField } from "./openai-fields.ts";

/** These models read text only. */
const textContent = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.literal(["text", "refusal"]), text: z.string().default("") })),
]);

const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: textContent.nullish(),
  tool_calls: z.array(z.looseObject({ id: z.string() })).optional(),
  tool_call_id: z.string().optional(),
});

const requestSchema = z.looseObject({
  messages: z.array(message).min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.literal(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  reasoning_effort: z.enum(["low", "medium", "high"]).nullish(),
  response_format: z
    .discriminatedUnion("type", [
      z.looseObject({ type: z.literal("text") }),
      z.looseObject({ type: z.literal("json_object") }),
      z.looseObject({
        type: z.literal("json_schema"),
        json_schema: z.looseObject({ name: z.string(), schema: z.unknown() }),
      }),
    ])
    .nullish(),
  tools: z
    .array(z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }))
    .nullish(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
    ])
    .nullish(),
});

type ChatRequest = z.infer<typeof requestSchema>;
type ChatMessage = z.infer<typeof message>;

/** A model's answer to a request for JSON without a schema. */
const ANY_OBJECT = { type: "object", properties: { answer: { type: "string" } } };

export function chatTurn(body: unknown, model: FoundationModel): Turn {
  const unknown = typeof body === "object" && body !== null ? unknownChatField(body) : null;
  if (unknown !== null) throw validationError(unknown);
  const request = parseShape(requestSchema, body);
  const { messages } = request;
  checkToolMessages(messages);
  const last = messages.at(-1);
  const system = messages.filter(({ role }) => role === "system" || role === "developer").map(textOf);
  return plainTurn(last?.role === "user" ? textOf(last) : "", {
    system: system.join("\n"),
    toolResults: trailingToolMessages(messages).map(textOf),
    inputCharacters: messages.map(textOf).join("").length,
    tools: request.tool_choice === "none" ? [] : toolNames(request),
    forcedTool: forcedTool(request),
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    stopSequences: [request.stop ?? []].flat(),
    schema: schemaOf(request),
    thinks: (request.reasoning_effort ?? null) !== null,
    signs: model.family === "claude",
  });
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text }) => text).join("\n");
}

function trailingToolMessages(messages: ChatMessage[]): ChatMessage[] {
  return messages.slice(messages.findLastIndex(({ role }) => role !== "tool") + 1);
}

function checkToolMessages(messages: ChatMessage[]): void {
  let calls: string[] = [];
  for (const { role, tool_calls: made, tool_call_id: id } of messages) {
    if (role === "assistant") calls = (made ?? []).map((call) => call.id);
    if (role !== "tool" || (id !== undefined && calls.includes(id))) continue;
    throw validationError(
      "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    );
  }
}

function toolNames({ tools }: ChatRequest): string[] {
  return (tools ?? []).map((tool) => tool.function.name);
}

function forcedTool(request: ChatRequest): string | null {
  const choice = request.tool_choice;
  if (choice === "required") return toolNames(request)[0] ?? null;
  return typeof choice === "object" && choice !== null ? choice.function.name : null;
}

function schemaOf({ response_format: format }: ChatRequest): unknown {
  if (format?.type === "json_schema") return format.json_schema.schema;
  return format?.type === "json_object" ? ANY_OBJECT : undefined;
}
