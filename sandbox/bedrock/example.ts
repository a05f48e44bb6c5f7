/** A value that matches a JSON schema: a model's answer with structured output. */
type Schema = Record<string, unknown>;

const MAX_DEPTH = 16;

export function exampleOf(schema: unknown, text: string, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null || depth > MAX_DEPTH) return null;
  const { type, enum: choices, const: constant, properties, required, items } = schema as Schema;
  if (constant !== undefined) return constant;
  if (Array.isArray(choices)) return choices[0];
  switch (Array.isArray(type) ? type[0] : type) {
    case "object": {
      const names = Array.isArray(required) ? required.map(String) : Object.keys(properties ?? {});
      const known = new Map(Object.entries(properties ?? {}));
      return Object.fromEntries(names.map((name) => [name, exampleOf(known.get(name), text, depth + 1)]));
    }
    case "array":
      return [exampleOf(items, text, depth + 1)];
    case "string":
      return text;
    case "number":
    case "integer":
      return text.length;
    case "boolean":
      return true;
    default:
      return null;
  }
}
