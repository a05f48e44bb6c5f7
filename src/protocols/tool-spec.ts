/** A tool's name, description and strictness, which have the same names in every protocol. */
import type { JsonObject, ToolSpec } from "../bedrock/converse.ts";
import type { ToolNames } from "../bedrock/tool-names.ts";
import { flag, optional, text, type Json } from "./fields.ts";

/** `schema`: the tool's input, read by the protocol; without one the tool takes no input. */
export function readToolSpec(
  json: Json,
  path: string,
  { names, schema }: { names: ToolNames; schema: JsonObject | undefined },
): ToolSpec {
  const description = optional(json["description"], `${path}.description`, text);
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
