/** `POST /v1/responses` as Converse or ConverseStream. */
import { converseBody } from "../../../bedrock/converse-body.ts";
import type { ConverseRequest } from "../../../bedrock/converse.ts";
import { converseRequest } from "../../../bedrock/converse-request.ts";
import type { Model } from "../../../bedrock/model.ts";
import { ToolNames } from "../../../bedrock/tool-names.ts";
import { checkFields, isObject, object, optional, type Json } from "../../fields.ts";
import type { Ask, Inbound, Translation } from "../../translation.ts";
import { readCacheTtl, readInference, readServiceTier, reasoningFor } from "../options.ts";
import { conversationAsk } from "../ask.ts";
import { readInput } from "./input.ts";
import {
  checkInclude,
  readMetadata,
  readReasoning,
  readTextFormat,
  type ReasoningOptions,
} from "./options.ts";
import { renderWhole, type ResponseAnswer } from "./response.ts";
import { openResponse } from "./stream.ts";
import { PROMPT_CACHE_OPTIONS, REQUEST, STREAM_OPTIONS } from "./support.ts";
import { readTools } from "./tools.ts";

export function readResponses(inbound: Inbound): Ask {
  return conversationAsk(inbound, "/responses", ({ body, streaming }, target) => {
    const { request, answer } = translate(body, target, inbound);
    return { bodies: [converseBody(request)], answer: answerBy(answer, streaming) };
  });
}

function answerBy(answer: ResponseAnswer, streaming: boolean): Translation["answer"] {
  if (!streaming) return { kind: "whole", render: ([part]) => renderWhole(answer, part) };
  return { kind: "stream", contentType: "text/event-stream", open: () => openResponse(answer) };
}

function translate(
  body: Json,
  target: Model,
  inbound: Inbound,
): { request: ConverseRequest; answer: ResponseAnswer } {
  checkFields(body, REQUEST);
  const streamOptions = optional(body["stream_options"], "stream_options", object);
  if (streamOptions) checkFields(streamOptions, STREAM_OPTIONS, "stream_options");
  checkInclude(body);
  const tools = new ToolNames();
  const { messages, system } = readInput(body, { tools, cacheTtl: readCacheTtl(body, PROMPT_CACHE_OPTIONS) });
  const { toolConfig, suppressCalls } = readTools(body, tools, messages);
  const inferenceConfig = readInference(body, "max_output_tokens");
  const options = readReasoning(body);
  const { maxTokens } = inferenceConfig;
  const reasoning = reasoningFor(target, options.effort ?? undefined, {
    path: "reasoning.effort",
    maxTokens,
  });
  const serviceTier = readServiceTier(body, ["fast"]);
  const request = converseRequest({
    messages,
    system,
    inferenceConfig,
    toolConfig,
    textFormat: readTextFormat(body),
    reasoning,
    serviceTier,
  });
  const answer: ResponseAnswer = {
    suffix: inbound.id.replaceAll("-", ""),
    tools,
    suppressCalls,
    summarized: options.summary !== null,
    echo: echoOf(body, options, inbound),
    serviceTier: serviceTier ?? "default",
  };
  return { request, answer };
}

/** What a response repeats of its request, and what never changes in one. */
function echoOf(body: Json, reasoning: ReasoningOptions, { id, now }: Inbound): string {
  const given = (name: string): unknown => body[name] ?? null;
  const tools = (body["tools"] ?? []) as readonly Json[];
  const format = isObject(body["text"]) ? body["text"]["format"] : undefined;
  return JSON.stringify({
    id: `resp_${id.replaceAll("-", "")}`,
    object: "response",
    created_at: Math.floor(now / 1000),
    model: body["model"],
    instructions: given("instructions"),
    metadata: readMetadata(body),
    max_output_tokens: given("max_output_tokens"),
    temperature: given("temperature"),
    top_p: given("top_p"),
    tools: tools.map((tool) => ({ parameters: null, strict: false, ...tool })),
    tool_choice: body["tool_choice"] ?? "auto",
    parallel_tool_calls: true,
    text: { format: format ?? { type: "text" }, verbosity: "medium" },
    reasoning,
    truncation: "disabled",
    prompt_cache_key: given("prompt_cache_key"),
    safety_identifier: given("safety_identifier"),
    user: body["user"] ?? undefined,
    access_programs: null,
    background: false,
    max_tool_calls: null,
    previous_response_id: null,
    store: false,
    top_logprobs: 0,
  });
}
