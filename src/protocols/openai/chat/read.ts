/** `POST /v1/chat/completions` as Converse or ConverseStream. */
import { OPENAI_API } from "../../../bedrock/compatible.ts";
import type { ConverseRequest, JsonObject } from "../../../bedrock/converse.ts";
import type { Model } from "../../../bedrock/model.ts";
import { reasoningAtEffort, withoutReasoning } from "../../../bedrock/reasoning.ts";
import { ToolNames } from "../../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  count,
  flag,
  invalid,
  number,
  object,
  oneOf,
  optional,
  readBody,
  text,
  texts,
  unsupported,
  type Json,
} from "../../fields.ts";
import { passedBody, type Ask, type Inbound, type Translation } from "../../translation.ts";
import { CHAT, JSON_SCHEMA, RESPONSE_FORMAT, STREAM_OPTIONS } from "../support.ts";
import { readMessages } from "./messages.ts";
import { renderChat, type ChatAnswer } from "./response.ts";
import { openChat } from "./stream.ts";
import { readTools } from "./tools.ts";

export function readChat(inbound: Inbound): Ask {
  const body = readBody(inbound.body);
  const model = text(body["model"], "model");
  const streaming = optional(body["stream"], "stream", flag) ?? false;
  return {
    model,
    passed: {
      api: OPENAI_API,
      path: "/chat/completions",
      streaming,
      body: (target) => passedBody(body, target),
    },
    operation: () => (streaming ? "ConverseStream" : "Converse"),
    translate: (target) => translate(body, target, { inbound, model, streaming }),
  };
}

function translate(
  body: Json,
  target: Model,
  { inbound, model, streaming }: { inbound: Inbound; model: string; streaming: boolean },
): Translation {
  checkFields(body, CHAT);
  const tools = new ToolNames();
  const { messages, system } = readMessages(body["messages"], { tools, cacheTtl: cacheTtlOf(body) });
  const { toolConfig, suppressCalls } = readTools(body, tools, messages);
  const inferenceConfig = inferenceOf(body);
  const reasoning = reasoningOf(body, target, inferenceConfig.maxTokens);
  const textFormat = formatOf(body);
  const outputConfig = { ...(textFormat && { textFormat }), ...reasoning.outputConfig };
  const serviceTier = tierOf(body);
  const request: ConverseRequest = {
    messages,
    ...(system && { system }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...(toolConfig && { toolConfig }),
    ...(Object.keys(outputConfig).length > 0 && { outputConfig }),
    ...(reasoning.fields && { additionalModelRequestFields: reasoning.fields }),
    ...(serviceTier && { serviceTier }),
  };
  const answer: ChatAnswer = {
    id: `chatcmpl-${inbound.id}`,
    created: Math.floor(inbound.now / 1000),
    model,
    tools,
    suppressCalls,
  };
  return {
    bodies: [Buffer.from(JSON.stringify(request))],
    answer: streaming
      ? {
          kind: "stream",
          contentType: "text/event-stream",
          open: () => openChat(answer, includesUsage(body)),
        }
      : { kind: "whole", render: ([part]) => renderChat(answer, part) },
  };
}

function inferenceOf(body: Json): NonNullable<ConverseRequest["inferenceConfig"]> {
  const { stop } = body;
  const limit = absent(body["max_completion_tokens"]) ? "max_tokens" : "max_completion_tokens";
  const maxTokens = optional(body[limit], limit, count);
  const temperature = optional(body["temperature"], "temperature", unit);
  const topP = optional(body["top_p"], "top_p", unit);
  const stopSequences = absent(stop) ? [] : typeof stop === "string" ? [stop] : texts(stop, "stop");
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

function unit(value: unknown, path: string): number {
  return number(value, path, 0, 1);
}

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

function reasoningOf(
  body: Json,
  target: Model,
  maxTokens = Number.POSITIVE_INFINITY,
): { fields?: JsonObject; outputConfig?: { effort?: string } } {
  const effort = optional(body["reasoning_effort"], "reasoning_effort", (v, p) => oneOf(v, p, EFFORTS));
  if (effort === undefined) return {};
  const reasoning =
    effort === "none" ? withoutReasoning(target) : reasoningAtEffort(target, effort, maxTokens);
  if ("problem" in reasoning) throw unsupported("reasoning_effort", reasoning.problem);
  return reasoning;
}

function formatOf(body: Json): NonNullable<ConverseRequest["outputConfig"]>["textFormat"] {
  if (absent(body["response_format"])) return undefined;
  const format = object(body["response_format"], "response_format");
  checkFields(format, RESPONSE_FORMAT, "response_format");
  const type = oneOf(format["type"], "response_format.type", ["text", "json_schema", "json_object"]);
  if (type === "text") return undefined;
  if (type === "json_object")
    throw unsupported("response_format.type", "Bedrock keeps to a JSON schema only: use json_schema.");
  const path = "response_format.json_schema";
  const schema = object(format["json_schema"], path);
  checkFields(schema, JSON_SCHEMA, path);
  const description = optional(schema["description"], `${path}.description`, text);
  return {
    type: "json_schema",
    structure: {
      jsonSchema: {
        schema: JSON.stringify(object(schema["schema"], `${path}.schema`)),
        name: text(schema["name"], `${path}.name`),
        ...(description !== undefined && { description }),
      },
    },
  };
}

function tierOf(body: Json): ConverseRequest["serviceTier"] {
  const tiers = ["auto", "default", "flex", "priority"] as const;
  const tier = optional(body["service_tier"], "service_tier", (v, p) => oneOf(v, p, tiers));
  return tier === "flex" || tier === "priority" ? { type: tier } : undefined;
}

/** OpenAI's least lifetime of a cached prefix is half an hour: Bedrock's hour covers it. */
function cacheTtlOf(body: Json): "1h" | undefined {
  if (absent(body["prompt_cache_options"])) return undefined;
  const path = "prompt_cache_options";
  const options = object(body[path], path);
  checkFields(options, { mode: "mapped", ttl: "mapped" }, path);
  if (
    optional(options["mode"], `${path}.mode`, (v, p) => oneOf(v, p, ["implicit", "explicit"])) === "implicit"
  )
    throw invalid(`${path}.mode`, "Bedrock caches at explicit breakpoints only.");
  return absent(options["ttl"]) ? undefined : (oneOf(options["ttl"], `${path}.ttl`, ["30m"]), "1h");
}

function includesUsage(body: Json): boolean {
  if (absent(body["stream_options"])) return false;
  const options = object(body["stream_options"], "stream_options");
  checkFields(options, STREAM_OPTIONS, "stream_options");
  return optional(options["include_usage"], "stream_options.include_usage", flag) ?? false;
}
