/**
 * Gemini's schemas, a subset of OpenAPI's with upper-case types, as JSON schemas.
 * Source: the `Schema` type of Google's API reference.
 */
import type { JsonObject } from "../../bedrock/converse.ts";
import { absent, invalid, list, object, optional, text } from "../fields.ts";

const TYPES: Record<string, string> = {
  STRING: "string",
  NUMBER: "number",
  INTEGER: "integer",
  BOOLEAN: "boolean",
  ARRAY: "array",
  OBJECT: "object",
  NULL: "null",
};

/** Counts are strings there, since they are 64-bit. */
const COUNTS = new Set(["maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"]);
const RENAMED: Record<string, string> = { example: "examples", any_of: "anyOf" };

export function jsonSchemaOf(value: unknown, path: string): JsonObject {
  const schema: JsonObject = {};
  for (const [name, each] of Object.entries(object(value, path))) {
    if (absent(each)) continue;
    Object.assign(schema, fieldOf(RENAMED[name] ?? camel(name), each, `${path}.${name}`));
  }
  const { type } = schema;
  if (schema["nullable"] === true && typeof type === "string") schema["type"] = [type, "null"];
  delete schema["nullable"];
  return schema;
}

function fieldOf(name: string, value: unknown, path: string): JsonObject {
  switch (name) {
    case "type":
      return typeOf(text(value, path), path);
    case "properties":
      return {
        properties: Object.fromEntries(
          Object.entries(object(value, path)).map(([key, each]) => [
            key,
            jsonSchemaOf(each, `${path}.${key}`),
          ]),
        ),
      };
    case "items":
      return { items: jsonSchemaOf(value, path) };
    case "anyOf":
      return { anyOf: list(value, path).map((each, i) => jsonSchemaOf(each, `${path}.${i}`)) };
    case "examples":
      return { examples: [value] };
    case "propertyOrdering":
      // The order of properties, which JSON leaves open.
      return {};
    case "title":
    case "description":
      return { [name]: optional(value, path, text) };
    default:
      return { [name]: COUNTS.has(name) && typeof value === "string" ? countOf(value, path) : value };
  }
}

function typeOf(type: string, path: string): JsonObject {
  if (type === "TYPE_UNSPECIFIED") return {};
  const upper = type.toUpperCase();
  const known = Object.hasOwn(TYPES, upper) ? TYPES[upper] : undefined;
  if (known === undefined) throw invalid(path, `expected one of ${Object.keys(TYPES).join(", ")}.`);
  return { type: known };
}

function countOf(value: string, path: string): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw invalid(path, "expected a whole number.");
  return Number(value);
}

function camel(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
