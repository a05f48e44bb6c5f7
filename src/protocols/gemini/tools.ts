/** Gemini's tools and function calling modes as Converse's `toolConfig`. */
import type { Message, ToolSpec } from "../../bedrock/converse.ts";
import { toolConfigOf, toolsNamed, type ToolChoice, type Tools } from "../../bedrock/tool-config.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import { absent, checkFields, invalid, list, oneOf, optional, texts, type Json } from "../fields.ts";
import { inputSchema } from "../schemas.ts";
import { readToolSpec } from "../tool-spec.ts";
import { fieldsOf } from "./names.ts";
import { jsonSchemaOf } from "./schema.ts";
import { FUNCTION, FUNCTION_CALLING, TOOL, TOOL_CONFIG } from "./support.ts";

export function readTools(request: Json, messages: readonly Message[], names: ToolNames): Tools {
  const declared = absent(request["tools"]) ? [] : declarations(request["tools"], names);
  const { tools, choice } = chosen(request["toolConfig"], declared, names);
  return toolConfigOf(tools, choice, messages);
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
  const schema =
    optional(json["parametersJsonSchema"], `${path}.parametersJsonSchema`, inputSchema) ??
    optional(json["parameters"], `${path}.parameters`, (v, p) => inputSchema(jsonSchemaOf(v, p), p));
  return readToolSpec(json, path, { names, schema });
}

interface Chosen {
  tools: ToolSpec[];
  choice?: ToolChoice;
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

/** Only the allowed ones: a tool that isn't sent can't be called. */
function allowedTools(calling: Json, tools: ToolSpec[], names: ToolNames): ToolSpec[] {
  const path = "toolConfig.functionCallingConfig.allowedFunctionNames";
  const allowed = optional(calling["allowedFunctionNames"], path, texts) ?? [];
  if (allowed.length === 0) return tools;
  const found = toolsNamed(tools, new Set(allowed.map((name) => names.plain(name))));
  if (!found) throw invalid(path, "not all of these are declared.");
  return found;
}
