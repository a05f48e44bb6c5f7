/** Chat Completions' tools and tool choice as Converse's `toolConfig`. */
import type { CachePointBlock, Message, ToolSpec } from "../../../bedrock/converse.ts";
import { toolConfigOf, toolsNamed, type ToolChoice, type Tools } from "../../../bedrock/tool-config.ts";
import type { ToolNames } from "../../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  invalid,
  object,
  objects,
  oneOf,
  optional,
  text,
  type Json,
} from "../../fields.ts";
import { inputSchema } from "../../schemas.ts";
import { readToolSpec } from "../../tool-spec.ts";
import { FUNCTION, TOOL } from "../support.ts";
import { cachePointOf } from "./messages.ts";

export function readTools(body: Json, names: ToolNames, messages: readonly Message[]): Tools {
  const specs = absent(body["tools"]) ? [] : specsOf(body["tools"], names);
  const { tools, choice } = chosen(body["tool_choice"], specs, names);
  return toolConfigOf(tools, choice, messages);
}

type Spec = ToolSpec | CachePointBlock;

function specsOf(value: unknown, names: ToolNames): Spec[] {
  return objects(value, "tools").flatMap(({ json, path }) => {
    oneOf(json["type"], `${path}.type`, ["function"]);
    checkFields(json, TOOL, path);
    const at = `${path}.function`;
    const called = object(json["function"], at);
    checkFields(called, FUNCTION, at);
    const schema = optional(called["parameters"], `${at}.parameters`, inputSchema);
    return [
      readToolSpec(called, at, { names, schema }),
      ...cachePointOf(json, path, { cacheTtl: undefined }),
    ];
  });
}

interface Chosen {
  tools: Spec[];
  choice?: ToolChoice;
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
  const specs = toolsNamed(tools, kept);
  if (!specs) throw invalid(`${path}.tools`, "not all of these are among the tools.");
  return { tools: specs, choice: choiceOf(mode) };
}

function named(json: Json, path: string, names: ToolNames): string {
  return names.plain(text(object(json["function"], `${path}.function`)["name"], `${path}.function.name`));
}

function choiceOf(mode: "auto" | "required"): ToolChoice {
  return mode === "auto" ? { auto: {} } : { any: {} };
}
