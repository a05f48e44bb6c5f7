/** `POST /v1/chat/completions` as Converse or ConverseStream. */
import { converseBody } from "../../../bedrock/converse-body.ts";
import { converseRequest, type InferenceConfig, type TextFormat } from "../../../bedrock/converse-request.ts";
import type { Model } from "../../../bedrock/model.ts";
import { ToolNames } from "../../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  flag,
  object,
  oneOf,
  optional,
  stopSequences,
  unsupported,
  type Json,
} from "../../fields.ts";
import type { Ask, Inbound, Translation } from "../../translation.ts";
import {
  readCacheTtl,
  readEffort,
  readInference,
  readJsonSchema,
  readServiceTier,
  reasoningFor,
} from "../options.ts";
import { conversationAsk, type Question } from "../ask.ts";
import { PROMPT_CACHE_OPTIONS, CHAT, JSON_SCHEMA, RESPONSE_FORMAT, STREAM_OPTIONS } from "../support.ts";
import { readMessages } from "./messages.ts";
import { renderChat, type ChatAnswer } from "./response.ts";
import { openChat } from "./stream.ts";
import { readTools } from "./tools.ts";

export function readChat(inbound: Inbound): Ask {
  return conversationAsk(inbound, "/chat/completions", (question, target) =>
    translate(question, target, inbound),
  );
}

function translate({ body, model, streaming }: Question, target: Model, inbound: Inbound): Translation {
  checkFields(body, CHAT);
  const tools = new ToolNames();
  const { messages, system } = readMessages(body["messages"], {
    tools,
    cacheTtl: readCacheTtl(body, PROMPT_CACHE_OPTIONS),
  });
  const { toolConfig, suppressCalls } = readTools(body, tools, messages);
  const inferenceConfig = inferenceOf(body);
  const effort = readEffort(body["reasoning_effort"], "reasoning_effort");
  const { maxTokens } = inferenceConfig;
  const request = converseRequest({
    messages,
    system,
    inferenceConfig,
    toolConfig,
    textFormat: formatOf(body),
    reasoning: reasoningFor(target, effort, { path: "reasoning_effort", maxTokens }),
    serviceTier: readServiceTier(body),
  });
  const answer: ChatAnswer = {
    id: `chatcmpl-${inbound.id}`,
    created: Math.floor(inbound.now / 1000),
    model,
    tools,
    suppressCalls,
  };
  return {
    bodies: [converseBody(request)],
    answer: streaming
      ? {
          kind: "stream",
          contentType: "text/event-stream",
          open: () => openChat(answer, includesUsage(body)),
        }
      : { kind: "whole", render: ([part]) => renderChat(answer, part) },
  };
}

function inferenceOf(body: Json): InferenceConfig {
  const { stop } = body;
  const limit = absent(body["max_completion_tokens"]) ? "max_tokens" : "max_completion_tokens";
  return readInference(
    body,
    limit,
    absent(stop) ? [] : stopSequences(typeof stop === "string" ? [stop] : stop, "stop"),
  );
}

function formatOf(body: Json): TextFormat | undefined {
  if (absent(body["response_format"])) return undefined;
  const format = object(body["response_format"], "response_format");
  checkFields(format, RESPONSE_FORMAT, "response_format");
  const type = oneOf(format["type"], "response_format.type", ["text", "json_schema", "json_object"]);
  if (type === "text") return undefined;
  if (type === "json_object")
    throw unsupported("response_format.type", "Bedrock needs a JSON schema: use json_schema.");
  const path = "response_format.json_schema";
  const schema = object(format["json_schema"], path);
  checkFields(schema, JSON_SCHEMA, path);
  return readJsonSchema(schema, path);
}

function includesUsage(body: Json): boolean {
  if (absent(body["stream_options"])) return false;
  const options = object(body["stream_options"], "stream_options");
  checkFields(options, STREAM_OPTIONS, "stream_options");
  return optional(options["include_usage"], "stream_options.include_usage", flag) ?? false;
}
