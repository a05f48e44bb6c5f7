/** OpenAI's Responses: one JSON body, or its typed events, numbered. */
import { beforeWhole } from "../bedrock/converse.ts";
import { jsonPieces, wordsOf } from "../bedrock/reply.ts";
import type { Block, Reply } from "../bedrock/reply.ts";
import { tokensOf } from "../bedrock/turn.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { openAiError } from "./errors.ts";
import { sseAnswer } from "./sse.ts";

type Event = { type: string } & Record<string, unknown>;

export async function responsesAnswer(reply: Reply, body: unknown): Promise<Answer> {
  await beforeWhole(reply);
  return jsonAnswer(200, whole(reply, body));
}

export function responsesStream(reply: Reply, body: unknown): Answer {
  const events = [...eventsOf(reply, body)].map((event, i) => ({ ...event, sequence_number: i }));
  return sseAnswer(
    {
      events: events.map((data) => ({ name: data.type, data })),
      failure: (error, index) => {
        const { code, message } = openAiError(error);
        const data = { type: "error", code, message, param: null, sequence_number: index };
        return { name: "error", data };
      },
      end: null,
    },
    reply,
  );
}

function* eventsOf(reply: Reply, body: unknown): Generator<Event> {
  const begun = { ...envelope(body), status: "in_progress", output: [] };
  yield { type: "response.created", response: begun };
  yield { type: "response.in_progress", response: begun };
  for (const [index, block] of reply.blocks.entries()) {
    const item = itemOf(block, index);
    const opening = { ...item, status: "in_progress", ...emptied(block) };
    yield { type: "response.output_item.added", output_index: index, item: opening };
    for (const event of insideOf(block)) yield { ...event, item_id: item.id, output_index: index };
    yield { type: "response.output_item.done", output_index: index, item };
  }
  const response = whole(reply, body);
  yield { type: `response.${response.status}`, response };
}

function* insideOf(block: Block): Generator<Event> {
  if (block.kind === "redacted") return;
  if (block.kind === "tool") {
    const type = "response.function_call_arguments";
    for (const delta of jsonPieces(block.input)) yield { type: `${type}.delta`, delta };
    yield { type: `${type}.done`, name: block.name, arguments: JSON.stringify(block.input) };
    return;
  }
  const isText = block.kind === "text";
  const type = isText ? "response.output_text" : "response.reasoning_text";
  const place = isText ? { content_index: 0, logprobs: [] } : { content_index: 0 };
  yield { type: "response.content_part.added", content_index: 0, part: { ...partOf(block), text: "" } };
  for (const delta of wordsOf(block.text)) yield { type: `${type}.delta`, ...place, delta };
  yield { type: `${type}.done`, ...place, text: block.text };
  yield { type: "response.content_part.done", content_index: 0, part: partOf(block) };
}

function whole(reply: Reply, body: unknown): { status: string } & Record<string, unknown> {
  const reason = incompleteReason(reply);
  return {
    ...envelope(body),
    status: reason === null ? "completed" : "incomplete",
    incomplete_details: reason === null ? null : { reason },
    output: reply.blocks.map(itemOf),
    usage: usageOf(reply),
  };
}

/** The fields that the answer repeats from the request, with OpenAI's defaults. */
function envelope(body: unknown): object {
  const asked = body as Record<string, unknown>;
  return {
    id: "resp_sandbox",
    object: "response",
    created_at: 1_700_000_000,
    error: null,
    incomplete_details: null,
    instructions: asked["instructions"] ?? null,
    metadata: asked["metadata"] ?? {},
    model: asked["model"],
    parallel_tool_calls: asked["parallel_tool_calls"] ?? true,
    temperature: asked["temperature"] ?? 1,
    tool_choice: asked["tool_choice"] ?? "auto",
    tools: asked["tools"] ?? [],
    top_p: asked["top_p"] ?? 1,
  };
}

function itemOf(block: Block, index: number): { id: string } & Record<string, unknown> {
  const status = "completed";
  switch (block.kind) {
    case "text":
      return { id: `msg_${index}`, type: "message", status, role: "assistant", content: [partOf(block)] };
    case "tool": {
      const { id, name, input } = block;
      const json = JSON.stringify(input);
      return { id: `fc_${index}`, type: "function_call", status, call_id: id, name, arguments: json };
    }
    case "reasoning":
      return { id: `rs_${index}`, type: "reasoning", status, summary: [], content: [partOf(block)] };
    case "redacted":
      return { id: `rs_${index}`, type: "reasoning", status, summary: [], encrypted_content: block.data };
    default: {
      const _: never = block;
      return _;
    }
  }
}

function partOf(block: Block & { kind: "text" | "reasoning" }): object {
  return block.kind === "text"
    ? { type: "output_text", text: block.text, annotations: [], logprobs: [] }
    : { type: "reasoning_text", text: block.text };
}

/** What an item lacks when it is opened. */
function emptied({ kind }: Block): object {
  if (kind === "tool") return { arguments: "" };
  return kind === "redacted" ? {} : { content: [] };
}

function incompleteReason({ stopReason }: Reply): string | null {
  switch (stopReason) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "max_output_tokens";
    case "content_filtered":
    case "guardrail_intervened":
    case "refusal":
      return "content_filter";
    default:
      return null;
  }
}

function usageOf({ blocks, usage }: Reply): object {
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  const reasoned = blocks.reduce((sum, each) => sum + (each.kind === "reasoning" ? each.text.length : 0), 0);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: tokensOf(reasoned) },
    total_tokens: input + usage.output,
  };
}
