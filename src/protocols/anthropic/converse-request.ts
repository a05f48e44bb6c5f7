/** A Messages request for a model of a vendor other than Anthropic, as a Converse request. */
import { conversationOf } from "../../bedrock/conversation.ts";
import type { ConverseRequest, Message } from "../../bedrock/converse.ts";
import type { Model } from "../../bedrock/model.ts";
import {
  reasoningAtEffort,
  reasoningWithBudget,
  withoutReasoning,
  type Effort,
  type Reasoning,
} from "../../bedrock/reasoning.ts";
import {
  converseRequest as assembled,
  inferenceConfigOf,
  jsonSchemaFormat,
  type InferenceConfig,
  type TextFormat,
} from "../../bedrock/converse-request.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  count,
  invalid,
  fraction,
  object,
  objects,
  oneOf,
  optional,
  stopSequences,
  unsupported,
  type Json,
} from "../fields.ts";
import { outputSchema } from "../schemas.ts";
import { kindOf } from "../kinds.ts";
import { cachePointOf, readContent, readSystem } from "./content.ts";
import {
  MESSAGE,
  MESSAGES,
  OUTPUT_CONFIG,
  OUTPUT_FORMAT,
  ROLES,
  THINKING_CONFIG,
  THINKING_TYPES,
} from "./support.ts";
import { toolsOf } from "./tools.ts";

const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;
/** The defaults of Anthropic's models. */
const DEFAULT_EFFORT = "high";

export interface Translated {
  request: ConverseRequest;
  /** Converse has no `none`: a call that the model makes anyway is left out of the answer. */
  suppressCalls: boolean;
}

export function converseRequest(body: Json, model: Model, tools: ToolNames): Translated {
  checkFields(body, MESSAGES);
  const messages = messagesOf(body, tools);
  const system = absent(body["system"]) ? [] : readSystem(body["system"], "system");
  const { toolConfig, suppressCalls } = toolsOf(body, messages, tools);
  const inferenceConfig = inferenceOf(body);
  const output = outputOf(body);
  const reasoning = reasoningOf(body, model, { effort: output.effort, maxTokens: inferenceConfig.maxTokens });
  const { textFormat } = output;
  const request = assembled({ messages, system, inferenceConfig, toolConfig, textFormat, reasoning });
  return { request, suppressCalls };
}

function messagesOf(body: Json, tools: ToolNames): Message[] {
  const messages = objects(body["messages"], "messages").map(({ json, path }): Message => {
    checkFields(json, MESSAGE, path);
    const role = kindOf(json["role"], `${path}.role`, ROLES) === "user" ? "user" : "assistant";
    return { role, content: readContent(json["content"], `${path}.content`, tools) };
  });
  const conversation = conversationOf(messages);
  const last = conversation.at(-1);
  if (!last) throw invalid("messages", "no message has any content.");
  const mark = cachePointOf(body["cache_control"], "cache_control");
  const marked = last.content.some((block, i) => "cachePoint" in block && i === last.content.length - 1);
  if (!marked) last.content.push(...mark);
  return conversation;
}

function inferenceOf(body: Json): InferenceConfig & { maxTokens: number } {
  const temperature = optional(body["temperature"], "temperature", fraction);
  const topP = optional(body["top_p"], "top_p", fraction);
  const stops = optional(body["stop_sequences"], "stop_sequences", stopSequences);
  const maxTokens = count(body["max_tokens"], "max_tokens");
  return { maxTokens, ...inferenceConfigOf({ maxTokens, temperature, topP, stopSequences: stops }) };
}

interface Output {
  effort: Effort | undefined;
  textFormat: TextFormat | undefined;
}

/** `output_format` is the older name of `output_config.format`. */
function outputOf(body: Json): Output {
  const config = optional(body["output_config"], "output_config", object) ?? {};
  checkFields(config, OUTPUT_CONFIG, "output_config");
  const effort = optional(config["effort"], "output_config.effort", (v, p) => oneOf(v, p, EFFORTS));
  const [format, path] = absent(config["format"])
    ? [body["output_format"], "output_format"]
    : [config["format"], "output_config.format"];
  if (absent(format)) return { effort, textFormat: undefined };
  const json = object(format, path);
  checkFields(json, OUTPUT_FORMAT, path);
  oneOf(json["type"], `${path}.type`, ["json_schema"]);
  return { effort, textFormat: jsonSchemaFormat(outputSchema(json["schema"], `${path}.schema`)) };
}

/** The answer's token limit and the thinking effort, if the caller gives them. */
interface Measure {
  effort: Effort | undefined;
  maxTokens: number;
}

function reasoningOf(body: Json, model: Model, measure: Measure): Exclude<Reasoning, { problem: string }> {
  const thinking = optional(body["thinking"], "thinking", object);
  if (!thinking && measure.effort === undefined) return {};
  const reasoning = thinking ? thinkingOf(thinking, model, measure) : atEffort(model, measure);
  if ("problem" in reasoning) {
    throw unsupported(thinking ? "thinking" : "output_config.effort", reasoning.problem);
  }
  return reasoning;
}

function thinkingOf(thinking: Json, model: Model, measure: Measure): Reasoning {
  checkFields(thinking, THINKING_CONFIG, "thinking");
  switch (kindOf(thinking["type"], "thinking.type", THINKING_TYPES)) {
    case "disabled":
      if (measure.effort !== undefined)
        throw unsupported("output_config.effort", "without thinking it has no counterpart.");
      return withoutReasoning(model);
    case "enabled": {
      const budget = count(thinking["budget_tokens"], "thinking.budget_tokens");
      if (measure.effort !== undefined) return atEffort(model, measure);
      return reasoningWithBudget(model, budget, measure.maxTokens);
    }
    default:
      return atEffort(model, measure);
  }
}

function atEffort(model: Model, { effort = DEFAULT_EFFORT, maxTokens }: Measure): Reasoning {
  return reasoningAtEffort(model, effort, maxTokens);
}
