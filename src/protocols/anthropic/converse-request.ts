/** A Messages request for a model of another vendor than Anthropic, as Converse's. */
import { conversationOf, usesTools } from "../../bedrock/conversation.ts";
import type { CachePointBlock, ConverseRequest, Message, ToolSpec } from "../../bedrock/converse.ts";
import type { Model } from "../../bedrock/model.ts";
import {
  reasoningAtEffort,
  reasoningWithBudget,
  withoutReasoning,
  type Effort,
  type Reasoning,
} from "../../bedrock/reasoning.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  count,
  flag,
  invalid,
  number,
  object,
  objects,
  oneOf,
  optional,
  text,
  texts,
  unsupported,
  type Json,
} from "../fields.ts";
import { cachePointOf, readContent, readSystem } from "./content.ts";
import {
  MESSAGE,
  MESSAGES,
  OUTPUT_CONFIG,
  OUTPUT_FORMAT,
  THINKING_CONFIG,
  TOOL,
  TOOL_CHOICE,
} from "./support.ts";

const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;

export interface Translated {
  request: ConverseRequest;
  /** Converse has no `none`: a call that the model makes all the same is left out of the answer. */
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
  const outputConfig = {
    ...(output.textFormat && { textFormat: output.textFormat }),
    ...reasoning.outputConfig,
  };
  const request: ConverseRequest = {
    messages,
    ...(system.length > 0 && { system }),
    inferenceConfig,
    ...(toolConfig && { toolConfig }),
    ...(Object.keys(outputConfig).length > 0 && { outputConfig }),
    ...(reasoning.fields && { additionalModelRequestFields: reasoning.fields }),
  };
  return { request, suppressCalls };
}

function messagesOf(body: Json, tools: ToolNames): Message[] {
  const messages = objects(body["messages"], "messages").map(({ json, path }): Message => {
    checkFields(json, MESSAGE, path);
    const role = oneOf(json["role"], `${path}.role`, ["user", "assistant"]);
    return { role, content: readContent(json["content"], `${path}.content`, tools) };
  });
  const conversation = conversationOf(messages);
  if (conversation.length === 0) throw invalid("messages", "no message has any content.");
  return conversation;
}

function inferenceOf(body: Json): NonNullable<ConverseRequest["inferenceConfig"]> & { maxTokens: number } {
  const temperature = optional(body["temperature"], "temperature", unit);
  const topP = optional(body["top_p"], "top_p", unit);
  const stopSequences = optional(body["stop_sequences"], "stop_sequences", texts) ?? [];
  return {
    maxTokens: count(body["max_tokens"], "max_tokens"),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

function unit(value: unknown, path: string): number {
  return number(value, path, 0, 1);
}

interface Output {
  effort: Effort | undefined;
  textFormat: NonNullable<ConverseRequest["outputConfig"]>["textFormat"];
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
  const type = oneOf(json["type"], `${path}.type`, ["json_schema"]);
  const schema = JSON.stringify(object(json["schema"], `${path}.schema`));
  return { effort, textFormat: { type, structure: { jsonSchema: { schema } } } };
}

function reasoningOf(
  body: Json,
  model: Model,
  { effort, maxTokens }: { effort: Effort | undefined; maxTokens: number },
): Exclude<Reasoning, { problem: string }> {
  const thinking = optional(body["thinking"], "thinking", object);
  if (!thinking && effort === undefined) return {};
  const path = thinking ? "thinking" : "output_config.effort";
  const reasoning = thinking
    ? thinkingOf(thinking, model, { effort, maxTokens })
    : reasoningAtEffort(model, effort ?? "medium", maxTokens);
  if ("problem" in reasoning) throw unsupported(path, reasoning.problem);
  return reasoning;
}

function thinkingOf(
  thinking: Json,
  model: Model,
  { effort, maxTokens }: { effort: Effort | undefined; maxTokens: number },
): Reasoning {
  checkFields(thinking, THINKING_CONFIG, "thinking");
  const type = oneOf(thinking["type"], "thinking.type", ["enabled", "disabled", "adaptive"]);
  switch (type) {
    case "disabled":
      return withoutReasoning(model);
    case "adaptive":
      return reasoningAtEffort(model, effort ?? "medium", maxTokens);
    case "enabled": {
      const budget = count(thinking["budget_tokens"], "thinking.budget_tokens");
      return effort
        ? reasoningAtEffort(model, effort, maxTokens)
        : reasoningWithBudget(model, budget, maxTokens);
    }
    default: {
      const _: never = type;
      return _;
    }
  }
}

type ToolConfig = NonNullable<ConverseRequest["toolConfig"]>;
type Spec = ToolSpec | CachePointBlock;

function toolsOf(
  body: Json,
  messages: readonly Message[],
  names: ToolNames,
): { toolConfig?: ToolConfig; suppressCalls: boolean } {
  const tools = absent(body["tools"]) ? [] : specsOf(body["tools"], names);
  const toolChoice = absent(body["tool_choice"]) ? undefined : choiceOf(body["tool_choice"], names);
  if (tools.length > 0 && toolChoice !== "none") {
    return { toolConfig: { tools, ...(toolChoice && { toolChoice }) }, suppressCalls: false };
  }
  if (!usesTools(messages)) return { suppressCalls: false };
  // Converse asks for the tools that the conversation speaks of.
  return { toolConfig: { tools: tools.length > 0 ? tools : usedTools(messages) }, suppressCalls: true };
}

function usedTools(messages: readonly Message[]): ToolSpec[] {
  const used = messages.flatMap(({ content }) =>
    content.flatMap((block) => ("toolUse" in block ? [block.toolUse.name] : [])),
  );
  return [...new Set(used)].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: "object" } } },
  }));
}

function specsOf(value: unknown, names: ToolNames): Spec[] {
  return objects(value, "tools").flatMap(({ json, path }) => {
    if (!absent(json["type"]) && json["type"] !== "custom")
      throw unsupported(
        `${path}.type`,
        "Bedrock runs no tools of Anthropic's: only custom tools can be called.",
      );
    checkFields(json, TOOL, path);
    const description = optional(json["description"], `${path}.description`, text);
    const strict = optional(json["strict"], `${path}.strict`, flag);
    const spec: ToolSpec = {
      toolSpec: {
        name: names.plain(text(json["name"], `${path}.name`)),
        ...(description !== undefined && description !== "" && { description }),
        inputSchema: { json: object(json["input_schema"], `${path}.input_schema`) },
        ...(strict === true && { strict }),
      },
    };
    return [spec, ...cachePointOf(json, path)];
  });
}

function choiceOf(value: unknown, names: ToolNames): NonNullable<ToolConfig["toolChoice"]> | "none" {
  const json = object(value, "tool_choice");
  checkFields(json, TOOL_CHOICE, "tool_choice");
  const type = oneOf(json["type"], "tool_choice.type", ["auto", "any", "tool", "none"]);
  switch (type) {
    case "auto":
      return { auto: {} };
    case "any":
      return { any: {} };
    case "tool":
      return { tool: { name: names.plain(text(json["name"], "tool_choice.name")) } };
    case "none":
      return "none";
    default: {
      const _: never = type;
      return _;
    }
  }
}
