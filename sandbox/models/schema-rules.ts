/**
 * What JSON schemas Claude takes, in Anthropic's wording. Source: "Structured outputs" and "Tool use" in Anthropic's
 * documentation; the first complaint as in future-agi/future-agi#412, those of tools as in zerdos/spike.land#1911. The
 * wording for keywords is unconfirmed.
 */
type Schema = Record<string, unknown>;

const UNSUPPORTED = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
];
const UNIONS = ["anyOf", "oneOf", "allOf"];
const HOLDERS = ["properties", "$defs", "definitions"];

/** Of an output schema, at any depth; null if there is nothing to complain of. */
export function outputComplaint(schema: unknown): string | null {
  if (Array.isArray(schema)) return schema.map(outputComplaint).find((each) => each !== null) ?? null;
  if (!isSchema(schema)) return null;
  const types = [schema["type"]].flat();
  if (types.includes("object") && schema["additionalProperties"] !== false)
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  const keyword = UNSUPPORTED.find((name) => name in schema);
  if (keyword !== undefined) return `For '${String(types[0])}' type, property '${keyword}' is not supported`;
  if (typeof schema["minItems"] === "number" && schema["minItems"] > 1)
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  const inner = [...UNIONS, "items"].map((name) => schema[name]);
  const named = HOLDERS.flatMap((name) => (isSchema(schema[name]) ? Object.values(schema[name]) : []));
  return outputComplaint([...inner, ...named]);
}

/** Of a tool's input schema. `path`: the tool's. */
export function inputComplaint(schema: unknown, path: string): string | null {
  if (!isSchema(schema)) return `${path}.custom.input_schema: Field required`;
  if (!("type" in schema)) return `${path}.custom.input_schema.type: Field required`;
  if (schema["type"] !== "object") return `${path}.custom.input_schema.type: Input should be 'object'`;
  if (UNIONS.some((name) => name in schema))
    return `${path}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`;
  return null;
}

/** Of a call's id. `path`: the block's. */
export function callIdComplaint(id: string, path: string): string | null {
  return /^[a-zA-Z0-9_-]+$/.test(id) ? null : `${path}: String should match pattern '^[a-zA-Z0-9_-]+$'`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
