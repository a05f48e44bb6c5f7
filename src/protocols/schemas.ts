/** JSON schemas as Bedrock takes them: a tool's input is an object, and output has no members that aren't named. */
import type { JsonObject } from "../bedrock/converse.ts";
import { absent, isObject, object, unsupported, type Json } from "./fields.ts";

/** A reader of a tool's input schema, whose root may lack its type: Converse takes `object` there and nothing else. */
export function inputSchema(value: unknown, path: string): JsonObject {
  const schema = object(value, path);
  const { type } = schema;
  const isTyped = type === "object" || (Array.isArray(type) && type.includes("object"));
  if (!isTyped && !absent(type)) throw unsupported(`${path}.type`, "a tool's input is always an object.");
  return { ...referenced(schema), type: "object" };
}

/** A root that refers to a definition of its own gets it in place. */
function referenced(schema: Json): Json {
  const { $ref, ...rest } = schema;
  const [, group = "", name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String($ref)) ?? [];
  const definitions = schema[group];
  const found = isObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return isObject(found) ? { ...found, ...rest } : schema;
}

const ONE = ["items", "additionalItems", "contains", "not", "if", "then", "else"];
const LISTS = ["anyOf", "allOf", "oneOf", "prefixItems", "items"];
const MAPS = ["properties", "patternProperties", "$defs", "definitions"];

/**
 * An output schema in which every object says that it has no further members, as Claude on Bedrock requires: a caller
 * that says nothing about them is not contradicted. Refuses one that wants them.
 */
export function outputSchema(value: unknown, path: string): JsonObject {
  const schema: JsonObject = { ...object(value, path) };
  for (const [name, each] of Object.entries(schema)) {
    const at = `${path}.${name}`;
    if (ONE.includes(name) && isObject(each)) schema[name] = outputSchema(each, at);
    if (LISTS.includes(name) && Array.isArray(each))
      schema[name] = each.map((one, i) =>
        isObject(one) ? outputSchema(one, `${at}.${i}`) : (one as unknown),
      );
    if (MAPS.includes(name) && isObject(each))
      schema[name] = Object.fromEntries(
        Object.entries(each).map(([key, one]) => [
          key,
          isObject(one) ? outputSchema(one, `${at}.${key}`) : one,
        ]),
      );
  }
  if (!isOfObject(schema)) return schema;
  const { additionalProperties: additional } = schema;
  if (!absent(additional) && additional !== false)
    throw unsupported(`${path}.additionalProperties`, "Bedrock's structured output requires false.");
  return { ...schema, additionalProperties: false };
}

function isOfObject({ type, properties }: Json): boolean {
  if (absent(type)) return isObject(properties);
  return type === "object" || (Array.isArray(type) && type.includes("object"));
}
