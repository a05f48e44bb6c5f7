/** Gemini's tools and function calling modes as Converse's `toolConfig`. */
import { usesTools } from "../../bedrock/conversation.ts";
import type { ConverseRequest, Message, ToolSpec } from "../../bedrock/converse.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  invalid,
  list,
  object,
  oneOf,
  optional,
  text,
  texts,
  type Json,
} from "../fields.ts";
import { fieldsOf } from "./names.ts";
import { jsonSchemaOf } from "./schema.ts";
import { FUNCTION, FUNCTION_CALLING, TOOL, TOOL_CONFIG } from "./support.ts";

type ToolConfig = NonNullable<ConverseRequest["toolConfig"]>;

export interface Tools {
  toolConfig?: ToolConfig;
  /** Converse has no `NONE`: a call that the model makes all the same is left out of the answer. */
  suppressCalls: boolean;
}

export function readTools(request: Json, messages: readonly Message[], names: ToolNames): Tools {
  const declared = absent(request["tools"]) ? [] : declarations(request["tools"], names);
  const { tools, choice } = chosen(request["toolConfig"], declared, names);
  if (tools.length > 0 && choice !== "none") {
    return { toolConfig: { tools, ...(choice && { toolChoice: choice }) }, suppressCalls: false };
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

function declarations(value: unknown, names: ToolNames): ToolSpec[] {
  return list(value, "tools").flatMap((each, i) => {
    const path = `tools.${i}`;
    const tool = fieldsOf(each, path);
    checkFields(tool, TOOL, path);
    const at = `${path}.functionDeclarations`;
    const functions = optional(tool["functionDeclarations"], at, list) ?? [];
    return functions.map((declared, j) => specOf(fieldsOf(declared, `${at}.${j}`), `${at}.${j}`, names));
  });
}

function specOf(json: Json, path: string, names: ToolNames): ToolSpec {
  checkFields(json, FUNCTION, path);
  const description = optional(json["description"], `${path}.description`, text);
  const schema =
    optional(json["parametersJsonSchema"], `${path}.parametersJsonSchema`, object) ??
    optional(json["parameters"], `${path}.parameters`, jsonSchemaOf);
  return {
    toolSpec: {
      name: names.plain(text(json["name"], `${path}.name`)),
      ...(description !== undefined && description !== "" && { description }),
      inputSchema: { json: schema ?? { type: "object", properties: {} } },
    },
  };
}

interface Chosen {
  tools: ToolSpec[];
  choice?: NonNullable<ToolConfig["toolChoice"]> | "none";
}

function chosen(value: unknown, tools: ToolSpec[], names: ToolNames): Chosen {
  if (absent(value)) return { tools };
  const config = fieldsOf(value, "toolConfig");
  checkFields(config, TOOL_CONFIG, "toolConfig");
  if (absent(config["functionCallingConfig"])) return { tools };
  const path = "toolConfig.functionCallingConfig";
  const calling = fieldsOf(config["functionCallingConfig"], path);
  checkFields(calling, FUNCTION_CALLING, path);
  const modes = ["AUTO", "ANY", "NONE", "MODE_UNSPECIFIED"] as const;
  const mode = optional(calling["mode"], `${path}.mode`, (v, p) => oneOf(v, p, modes)) ?? "AUTO";
  if (mode === "NONE") return { tools, choice: "none" };
  const allowed = allowedTools(calling, tools, names);
  const [only] = allowed;
  if (mode !== "ANY") return { tools: allowed, choice: { auto: {} } };
  if (only && allowed.length === 1) return { tools, choice: { tool: { name: only.toolSpec.name } } };
  return { tools: allowed, choice: { any: {} } };
}

/** Only the allowed ones: what isn't sent can't be called. */
function allowedTools(calling: Json, tools: ToolSpec[], names: ToolNames): ToolSpec[] {
  const path = "toolConfig.functionCallingConfig.allowedFunctionNames";
  const allowed = optional(calling["allowedFunctionNames"], path, texts) ?? [];
  if (allowed.length === 0) return tools;
  const kept = new Set(allowed.map((name) => names.plain(name)));
  const found = tools.filter(({ toolSpec }) => kept.has(toolSpec.name));
  if (found.length < kept.size) throw invalid(path, "not all of these are declared.");
  return found;
}
