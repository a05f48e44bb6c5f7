/** Random inputs that an operation's service model allows, as an SDK takes them or as JSON has them. */
import * as fc from "fast-check";
import { inputShape, shapeOf } from "../../sandbox/shapes/model.ts";
import type { Member, ServiceModel, Shape } from "../../sandbox/shapes/model.ts";

export interface Form {
  model: ServiceModel;
  /** Bytes and times as an SDK takes them, or as JSON has them. */
  as: "sdk" | "json";
  /** Instead of random values, by the shape's name: what exists in the sandbox. */
  known?: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

type Inputs = fc.Arbitrary<Record<string, unknown>>;

export function validInput(operation: string, form: Form): Inputs {
  const { name } = inputShape(form.model, operation);
  return valid(name, form) as Inputs;
}

/** Headers and path segments can't have every character. */
export function valid(name: string, form: Form, location?: Member["location"]): fc.Arbitrary<unknown> {
  const known = form.known?.[name];
  if (known !== undefined) return fc.oneof({ weight: 3, arbitrary: known }, random(name, form, location));
  return random(name, form, location);
}

function random(name: string, form: Form, location?: Member["location"]): fc.Arbitrary<unknown> {
  const shape = shapeOf(form.model, name);
  const { min, max } = shape;
  if (shape.document === true) return documents;
  switch (shape.type) {
    case "structure":
      return structures(shape, form);
    case "list": {
      const most = Math.min(max ?? Infinity, (min ?? 0) + 2);
      return fc.array(valid(shape.member ?? "", form), { minLength: min ?? 0, maxLength: most });
    }
    case "map": {
      const bounds = { minKeys: min ?? 0, maxKeys: Math.min(max ?? Infinity, (min ?? 0) + 2) };
      return fc.dictionary(
        texts(shapeOf(form.model, shape.key ?? "")),
        valid(shape.value ?? "", form),
        bounds,
      );
    }
    case "string":
      return texts(shape, location);
    case "integer":
    case "long":
      return fc.integer({ min: min ?? -1000, max: max ?? 2_000_000 });
    case "float":
    case "double":
      return fc.double({ min: min ?? -1e6, max: max ?? 1e6, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
    case "blob":
      return fc
        .uint8Array({ minLength: min ?? 0, maxLength: 40 })
        .map((bytes) => (form.as === "sdk" ? bytes : Buffer.from(bytes).toString("base64")));
    default:
      throw new Error(`the service model has an unknown type: ${shape.type}`);
  }
}

const documents = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 3,
  noNullPrototype: true,
});

/** Required members always, others now and then; of a union exactly one. */
function structures({ members = {}, required = [], union = false }: Shape, form: Form): Inputs {
  const parts = Object.entries(members).map(
    ([name, { shape, location }]) => [name, valid(shape, form, location)] as const,
  );
  if (union) return fc.oneof(...parts.map(([name, part]) => part.map((value) => ({ [name]: value }))));
  return fc.record(Object.fromEntries(parts), { requiredKeys: required, noNullPrototype: true });
}

/** The longest and the shortest text too, where the pattern allows it. */
function texts(shape: Shape, location?: Member["location"]): fc.Arbitrary<string> {
  const { enum: values, pattern, min = 0, max = Infinity } = shape;
  if (values !== undefined) return fc.constantFrom(...values);
  const matches = matcher(pattern);
  const fits = (text: string): boolean => {
    const size = Array.from(text).length;
    return matches(text) && size >= min && size <= max && canBeAt(location, text);
  };
  const edges = [
    "a".repeat(min),
    "a".repeat(max <= 10_000 ? max : min),
    "𝒳".repeat(Math.min(max, 300)),
  ].filter(fits);
  return fc.oneof(
    { weight: 6, arbitrary: ofPattern(shape, location).filter(fits) },
    ...edges.map((edge) => fc.constant(edge)),
  );
}

function ofPattern(
  { pattern, min = 0, max = Infinity }: Shape,
  location: Member["location"],
): fc.Arbitrary<string> {
  const sizes = { minLength: min, maxLength: Math.min(max, min + 30) };
  if (pattern === undefined || pattern === "[\\s\\S]*" || pattern === ".*") {
    const unit = location === undefined ? ("binary" as const) : fc.constantFrom(...Array.from("aZ0!~/;="));
    return fc.string({ unit, ...sizes });
  }
  const [, characters] = /^(\[[^\]]+\])[*+]$/.exec(pattern) ?? [];
  // fast-check has no generator for classes of Unicode.
  if (characters?.includes("\\p{L}"))
    return fc.string({ unit: fc.constantFrom(...Array.from("aZéä中 0_.:/=+-@")), ...sizes });
  const { minLength, maxLength } = sizes;
  const source = characters === undefined ? pattern : `${characters}{${minLength},${maxLength}}`;
  return fc.stringMatching(new RegExp(`^(?:${source})$`, source.includes("\\u{") ? "u" : ""));
}

export function matcher(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined) return () => true;
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  return (text) => expression.test(text);
}

/** Without what HTTP would change on the way: spaces at a header's ends, dot segments. */
function canBeAt(location: Member["location"], text: string): boolean {
  if (location === "uri") return text !== "" && !/^\.{1,2}$/.test(text);
  return location !== "header" || (/^[ -~]*$/.test(text) && text.trim() === text);
}
