/** Tools, which of them must be called, and the equivalent of Anthropic's `none`. */
import type { CachePointBlock, Message, ToolSpec } from "../../bedrock/converse.ts";
import { toolConfigOf, type ToolChoice, type Tools } from "../../bedrock/tool-config.ts";
import type { ToolNames } from "../../bedrock/tool-names.ts";
import { absent, checkFields, invalid, object, objects, oneOf, text, type Json } from "../fields.ts";
import { kindOf } from "../kinds.ts";
import { inputSchema } from "../schemas.ts";
import { readToolSpec } from "../tool-spec.ts";
import { cachePointOf } from "./content.ts";
import { TOOL, TOOL_CHOICE, TOOL_TYPES } from "./support.ts";

type Spec = ToolSpec | CachePointBlock;

export function toolsOf(body: Json, messages: readonly Message[], names: ToolNames): Tools {
  const tools = absent(body["tools"]) ? [] : specsOf(body["tools"], names);
  const choice = absent(body["tool_choice"]) ? undefined : choiceOf(body["tool_choice"], names);
  if (tools.length === 0 && typeof choice === "object" && !("auto" in choice))
    throw invalid("tool_choice", "there are no tools to call.");
  return toolConfigOf(tools, choice, messages);
}

function specsOf(value: unknown, names: ToolNames): Spec[] {
  return objects(value, "tools").flatMap(({ json, path }) => {
    if (!absent(json["type"])) kindOf(json["type"], `${path}.type`, TOOL_TYPES);
    checkFields(json, TOOL, path);
    const schema = inputSchema(json["input_schema"], `${path}.input_schema`);
    const spec = readToolSpec(json, path, { names, schema });
    return [spec, ...cachePointOf(json["cache_control"], `${path}.cache_control`)];
  });
}

function choiceOf(value: unknown, names: ToolNames): ToolChoice {
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
