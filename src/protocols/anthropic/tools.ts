/** Tools, which of them is to be called, and what stands in for Anthropic's `none`. */
import { usesTools } from "../../bedrock/conversation.ts";
import type { CachePointBlock, ConverseRequest, Message, ToolSpec } from "../../bedrock/converse.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  flag,
  invalid,
  object,
  objects,
  oneOf,
  optional,
  text,
  type Json,
} from "../fields.ts";
import { kindOf } from "../kinds.ts";
import { cachePointOf } from "./content.ts";
import { TOOL, TOOL_CHOICE, TOOL_TYPES } from "./support.ts";

type ToolConfig = NonNullable<ConverseRequest["toolConfig"]>;
type Spec = ToolSpec | CachePointBlock;

type ToolChoice = NonNullable<ToolConfig["toolChoice"]>;

export interface Tools {
  toolConfig?: ToolConfig;
  /** Converse has no `none`: a call that the model makes all the same is left out of the answer. */
  suppressCalls: boolean;
}

export function toolsOf(body: Json, messages: readonly Message[], names: ToolNames): Tools {
  const tools = absent(body["tools"]) ? [] : specsOf(body["tools"], names);
  const toolChoice = absent(body["tool_choice"]) ? undefined : choiceOf(body["tool_choice"], names);
  if (tools.length > 0 && toolChoice !== "none") {
    return { toolConfig: { tools, ...(toolChoice && { toolChoice }) }, suppressCalls: false };
  }
  if (typeof toolChoice === "object" && !("auto" in toolChoice))
    throw invalid("tool_choice", "there are no tools to be called.");
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
    if (!absent(json["type"])) kindOf(json["type"], `${path}.type`, TOOL_TYPES);
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
    return [spec, ...cachePointOf(json["cache_control"], `${path}.cache_control`)];
  });
}

function choiceOf(value: unknown, names: ToolNames): ToolChoice | "none" {
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
