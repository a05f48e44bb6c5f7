/** `tools` and `tool_choice` as Converse's `toolConfig`. */
import type { Message, ToolSpec } from "../../../bedrock/converse.ts";
import { toolConfigOf, type ToolChoice, type Tools } from "../../../bedrock/tool-config.ts";
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
import { kindOf } from "../../kinds.ts";
import { ALLOWED_TOOLS, CHOICE, CHOICE_TYPES, FUNCTION, TOOL_TYPES } from "./support.ts";

export function readTools(body: Json, names: ToolNames, messages: readonly Message[]): Tools {
  const specs = absent(body["tools"]) ? [] : readSpecs(body["tools"], names);
  const { tools, choice } = readChoice(body["tool_choice"], specs, names);
  return toolConfigOf(tools, choice, messages);
}

function readSpecs(value: unknown, names: ToolNames): ToolSpec[] {
  return objects(value, "tools").map(({ json, path }) => {
    kindOf(json["type"], `${path}.type`, TOOL_TYPES);
    checkFields(json, FUNCTION, path);
    const schema = optional(json["parameters"], `${path}.parameters`, inputSchema);
    return readToolSpec(json, path, { names, schema });
  });
}

interface Chosen {
  tools: ToolSpec[];
  choice?: ToolChoice;
}

function readChoice(value: unknown, tools: ToolSpec[], names: ToolNames): Chosen {
  if (absent(value)) return { tools };
  if (typeof value === "string") {
    const mode = oneOf(value, "tool_choice", ["none", "auto", "required"]);
    return { tools, choice: mode === "none" ? mode : choiceOf(mode, tools) };
  }
  const json = object(value, "tool_choice");
  const type = kindOf(json["type"], "tool_choice.type", CHOICE_TYPES);
  if (type === "allowed_tools") return readAllowed(json, tools, names);
  checkFields(json, CHOICE, "tool_choice");
  const name = names.plain(text(json["name"], "tool_choice.name"));
  if (!tools.some(({ toolSpec }) => toolSpec.name === name))
    throw invalid("tool_choice.name", "no tool has this name.");
  return { tools, choice: { tool: { name } } };
}

/** Only the allowed tools are sent: then no other can be called. */
function readAllowed(json: Json, tools: ToolSpec[], names: ToolNames): Chosen {
  checkFields(json, ALLOWED_TOOLS, "tool_choice");
  const mode = oneOf(json["mode"], "tool_choice.mode", ["auto", "required"]);
  const allowed = new Set<string>();
  for (const { json: each, path } of objects(json["tools"], "tool_choice.tools")) {
    kindOf(each["type"], `${path}.type`, TOOL_TYPES);
    checkFields(each, CHOICE, path);
    const name = names.plain(text(each["name"], `${path}.name`));
    if (!tools.some(({ toolSpec }) => toolSpec.name === name))
      throw invalid(`${path}.name`, "no tool has this name.");
    allowed.add(name);
  }
  const kept = tools.filter(({ toolSpec }) => allowed.has(toolSpec.name));
  return { tools: kept, choice: choiceOf(mode, kept) };
}

function choiceOf(mode: "auto" | "required", tools: readonly ToolSpec[]): ToolChoice {
  if (mode === "auto") return { auto: {} };
  if (tools.length === 0) throw invalid("tool_choice", "a call is required, but there is no tool.");
  return { any: {} };
}
