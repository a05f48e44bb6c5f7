/** Chat Completions' tools and tool choice as Converse's `toolConfig`. */
import { usesTools } from "../../../bedrock/conversation.ts";
import type { CachePointBlock, ConverseRequest, Message, ToolSpec } from "../../../bedrock/converse.ts";
import type { ToolNames } from "../../../bedrock/tool-names.ts";
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
} from "../../fields.ts";
import { FUNCTION, TOOL } from "../support.ts";
import { cachePointOf } from "./messages.ts";

type ToolConfig = NonNullable<ConverseRequest["toolConfig"]>;
type ToolChoice = NonNullable<ToolConfig["toolChoice"]>;

export interface Tools {
  toolConfig?: ToolConfig;
  /**
   * Converse has no `none`, and asks for the tools that the conversation speaks of: they are sent then, and a call
   * that the model makes all the same is left out of the answer.
   */
  suppressCalls: boolean;
}

export function readTools(body: Json, names: ToolNames, messages: readonly Message[]): Tools {
  const specs = absent(body["tools"]) ? [] : specsOf(body["tools"], names);
  const { tools, choice } = chosen(body["tool_choice"], specs, names);
  if (tools.length > 0 && choice !== "none") {
    return { toolConfig: { tools, ...(choice && { toolChoice: choice }) }, suppressCalls: false };
  }
  if (!usesTools(messages)) return { suppressCalls: false };
  return { toolConfig: { tools: tools.length > 0 ? tools : usedTools(messages) }, suppressCalls: true };
}

/** Stand-ins for the tools that the conversation speaks of, where the caller no longer sends them. */
function usedTools(messages: readonly Message[]): ToolSpec[] {
  const used = messages.flatMap(({ content }) =>
    content.flatMap((block) => ("toolUse" in block ? [block.toolUse.name] : [])),
  );
  return [...new Set(used)].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: "object" } } },
  }));
}

type Spec = ToolSpec | CachePointBlock;

function specsOf(value: unknown, names: ToolNames): Spec[] {
  return objects(value, "tools").flatMap(({ json, path }) => {
    oneOf(json["type"], `${path}.type`, ["function"]);
    checkFields(json, TOOL, path);
    const at = `${path}.function`;
    return [
      specOf(object(json["function"], at), at, names),
      ...cachePointOf(json, path, { cacheTtl: undefined }),
    ];
  });
}

function specOf(json: Json, path: string, names: ToolNames): ToolSpec {
  checkFields(json, FUNCTION, path);
  const description = optional(json["description"], `${path}.description`, text);
  const schema = optional(json["parameters"], `${path}.parameters`, object);
  const strict = optional(json["strict"], `${path}.strict`, flag);
  return {
    toolSpec: {
      name: names.plain(text(json["name"], `${path}.name`)),
      ...(description !== undefined && description !== "" && { description }),
      inputSchema: { json: schema ?? { type: "object", properties: {} } },
      ...(strict === true && { strict }),
    },
  };
}

interface Chosen {
  tools: Spec[];
  choice?: ToolChoice | "none";
}

function chosen(value: unknown, tools: Spec[], names: ToolNames): Chosen {
  if (absent(value)) return { tools };
  if (typeof value === "string") {
    const mode = oneOf(value, "tool_choice", ["none", "auto", "required"]);
    if (mode === "none") return { tools, choice: "none" };
    return { tools, choice: choiceOf(mode) };
  }
  const json = object(value, "tool_choice");
  const type = oneOf(json["type"], "tool_choice.type", ["function", "allowed_tools"]);
  if (type === "allowed_tools")
    return allowed(object(json["allowed_tools"], "tool_choice.allowed_tools"), tools, names);
  const name = named(json, "tool_choice", names);
  if (!tools.some((tool) => "toolSpec" in tool && tool.toolSpec.name === name))
    throw invalid("tool_choice.function.name", "no tool has this name.");
  return { tools, choice: { tool: { name } } };
}

/** Only the allowed tools are sent: then no other can be called. */
function allowed(json: Json, tools: Spec[], names: ToolNames): Chosen {
  const path = "tool_choice.allowed_tools";
  const mode = oneOf(json["mode"], `${path}.mode`, ["auto", "required"]);
  const kept = new Set(
    objects(json["tools"], `${path}.tools`).map((each) => named(each.json, each.path, names)),
  );
  const specs = tools.filter((tool) => "toolSpec" in tool && kept.has(tool.toolSpec.name));
  if (specs.length < kept.size) throw invalid(`${path}.tools`, "not all of these are among the tools.");
  return { tools: specs, choice: choiceOf(mode) };
}

function named(json: Json, path: string, names: ToolNames): string {
  return names.plain(text(object(json["function"], `${path}.function`)["name"], `${path}.function.name`));
}

function choiceOf(mode: "auto" | "required"): ToolChoice {
  return mode === "auto" ? { auto: {} } : { any: {} };
}
