/** OpenAI's Responses request. Nothing is stored, so no earlier response can be continued. */
import { z } from "zod";
import { AwsError, validationError } from "../errors.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import type { Turn } from "../bedrock/turn.ts";

/** These models read text only. */
const part = z.looseObject({
  type: z.enum(["input_text", "output_text", "refusal", "reasoning_text"]),
  text: z.string().default(""),
});

const itemSchema = z.union([
  z.looseObject({ type: z.literal("function_call"), call_id: z.string() }),
  z.looseObject({
    type: z.literal("function_call_output"),
    call_id: z.string(),
    output: z.union([z.string(), z.array(part)]),
  }),
  z.looseObject({ type: z.literal("reasoning") }),
  z.looseObject({
    type: z.literal("message").optional(),
    role: z.enum(["user", "assistant", "system", "developer"]),
    content: z.union([z.string(), z.array(part)]),
  }),
]);

const requestSchema = z.looseObject({
  input: z.union([z.string(), z.array(itemSchema).min(1)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  previous_response_id: z.string().nullish(),
  reasoning: z.looseObject({ effort: z.enum(["low", "medium", "high"]).nullish() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .looseObject({ format: z.looseObject({ type: z.string(), schema: z.unknown() }).optional() })
    .optional(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.looseObject({ type: z.literal("function"), name: z.string() }),
    ])
    .optional(),
  tools: z.array(z.looseObject({ type: z.literal("function"), name: z.string() })).optional(),
  top_p: z.number().min(0).max(1).nullish(),
});

const FIELDS = new Set(
  (
    "background context_management conversation include input instructions max_output_tokens max_tool_calls metadata " +
    "model parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning " +
    "safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p " +
    "truncation user"
  ).split(" "),
);

type Request = z.infer<typeof requestSchema>;
type Item = z.infer<typeof itemSchema>;

export function responsesTurn(body: unknown): Turn {
  refuseUnknown(body);
  const request = parseShape(requestSchema, body);
  if (typeof request.previous_response_id === "string") {
    const message = `Previous response with id '${request.previous_response_id}' not found.`;
    throw new AwsError("ResourceNotFoundException", 404, message);
  }
  const items: Item[] =
    typeof request.input === "string" ? [{ role: "user", content: request.input }] : request.input;
  checkOutputs(items);
  const last = items.at(-1);
  const system = [
    request.instructions ?? [],
    ...items
      .filter((item) => "role" in item && item.role !== "user" && item.role !== "assistant")
      .map(textOf),
  ].flat();
  return plainTurn(last !== undefined && "role" in last && last.role === "user" ? textOf(last) : "", {
    system: system.join("\n"),
    toolResults: trailingOutputs(items).map(textOf),
    inputCharacters: [request.instructions ?? "", ...items.map(textOf)].join("").length,
    tools: request.tool_choice === "none" ? [] : (request.tools ?? []).map(({ name }) => name),
    forcedTool: forcedTool(request),
    maxTokens: request.max_output_tokens ?? null,
    schema: request.text?.format?.schema,
    thinks: (request.reasoning?.effort ?? null) !== null,
  });
}

function refuseUnknown(body: unknown): void {
  const names = typeof body === "object" && body !== null ? Object.keys(body) : [];
  const unknown = names.find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw validationError(`Unknown parameter: '${unknown}'.`);
}

function textOf(item: Item): string {
  if ("output" in item) return joined(item.output);
  return "content" in item && "role" in item ? joined(item.content) : "";
}

function joined(content: unknown): string {
  if (typeof content === "string") return content;
  return z
    .array(part)
    .parse(content)
    .map(({ text }) => text)
    .join("\n");
}

function trailingOutputs(items: Item[]): Item[] {
  return items.slice(items.findLastIndex((item) => item.type !== "function_call_output") + 1);
}

function checkOutputs(items: Item[]): void {
  const calls = new Set<unknown>();
  for (const item of items) {
    if (item.type === "function_call") calls.add(item.call_id);
    if (item.type === "function_call_output" && !calls.has(item.call_id))
      throw validationError(`No tool call found for function call output with call_id ${item.call_id}.`);
  }
}

function forcedTool({ tool_choice: choice, tools }: Request): string | null {
  if (choice === "required") return tools?.[0]?.name ?? null;
  return typeof choice === "object" ? choice.name : null;
}
