/** Parsers of text, numbers and bytes by their shape, and their constraints in AWS's words. */
import type { Shape } from "./model.ts";
import type { Found } from "./problems.ts";
import { buffer, shown } from "./values.ts";

type Parse = (value: unknown, found: Found) => unknown;

const WANTED: Readonly<Record<string, string>> = {
  string: "string",
  timestamp: "timestamp",
  boolean: "boolean",
  integer: "integer",
  long: "integer",
  float: "number",
  double: "number",
  blob: "base64-encoded string",
};

export function scalarParser(shape: Shape): Parse {
  const { type } = shape;
  const wanted = WANTED[type];
  if (wanted === undefined) throw new Error(`unknown type in the service model: ${type}`);
  const broken = BROKEN[type]?.(shape) ?? (() => null);
  return (value, { problems }) => {
    const breaks = fits(type, value) ? broken(value) : undefined;
    if (breaks === undefined) {
      problems.push({ path: [], fault: { kind: "type", wanted, isDocument: false } });
      return undefined;
    }
    for (const rule of breaks?.rules ?? [])
      problems.push({ path: [], fault: { kind: "constraint", value: breaks?.value ?? null, rule } });
    return value;
  };
}

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31;
    case "long":
      return Number.isInteger(value);
    case "float":
    case "double":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "timestamp":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
    case "blob":
      return value instanceof Uint8Array || (typeof value === "string" && isBase64(value));
    default:
      return typeof value === "string";
  }
}

interface Complaints {
  rules: string[];
  /** As the message shows it. */
  value: string;
}

/** The constraints that a value of the right type breaks; null if none. */
type Broken = (value: unknown) => Complaints | null;

const BROKEN: Readonly<Record<string, (shape: Shape) => Broken>> = {
  string: brokenText,
  blob:
    ({ min = 0, max = Infinity }) =>
    (value) => {
      const size =
        typeof value === "string" ? Buffer.byteLength(value, "base64") : (value as Uint8Array).length;
      return complaints(lengthRules(size, { min, max }), `'${buffer(size)}'`);
    },
  integer: (shape) => (value) => complaints(rangeRules(Number(value), shape), `'${String(value)}'`),
  long: (shape) => (value) => complaints(rangeRules(Number(value), shape), `'${String(value)}'`),
  float: (shape) => (value) => complaints(rangeRules(Number(value), shape), `'${decimal(Number(value))}'`),
  double: (shape) => (value) => complaints(rangeRules(Number(value), shape), `'${decimal(Number(value))}'`),
};

function complaints(rules: string[], value: string): Complaints | null {
  return rules.length === 0 ? null : { rules, value };
}

function brokenText(shape: Shape): Broken {
  const { enum: values, pattern, min = 0, max = Infinity } = shape;
  const expression = pattern === undefined ? null : new RegExp(`^(?:${pattern})$`, "u");
  return (given) => {
    const text = given as string;
    const isAmong = values?.includes(text) ?? true;
    const matches = expression?.test(text) ?? true;
    // Counting characters takes time, and text has at most as many as code units.
    const size = text.length > max || text.length < 2 * min ? charactersOf(text) : text.length;
    if (isAmong && matches && size >= min && size <= max) return null;
    return {
      rules: [
        ...(isAmong ? [] : [enumRule(values)]),
        ...(matches ? [] : [patternRule(pattern)]),
        ...lengthRules(size, { min, max }),
      ],
      value: shown(text),
    };
  };
}

/** Unicode's code points: what Smithy counts in a string's length. */
function charactersOf(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}

/** Without a regular expression: what the text decodes to has the size that the text's length promises. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, "base64").length === Buffer.byteLength(text, "base64");
}

/** `99.0`, as a number that may be a fraction is shown. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

interface Bounds {
  min: number;
  max: number;
}

function lengthRules(size: number, { min, max }: Bounds): string[] {
  return [...(size > max ? [atMost("length", max)] : []), ...(size < min ? [atLeast("length", min)] : [])];
}

function rangeRules(value: number, { min = -Infinity, max = Infinity }: Shape): string[] {
  return [...(value > max ? [atMost("value", max)] : []), ...(value < min ? [atLeast("value", min)] : [])];
}

export function atMost(what: "length" | "value", bound: number): string {
  return `Member must have ${what} less than or equal to ${bound}`;
}

export function atLeast(what: "length" | "value", bound: number): string {
  return `Member must have ${what} greater than or equal to ${bound}`;
}

function enumRule(values: string[] = []): string {
  return `Member must satisfy enum value set: [${values.join(", ")}]`;
}

function patternRule(pattern = ""): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

/** All constraints of a scalar, as AWS lists them for the items of a collection; null if it has none. */
export function rulesOf({ type, enum: values, min, max, pattern }: Shape): string | null {
  if (WANTED[type] === undefined) return null;
  const what = type === "string" || type === "blob" ? "length" : "value";
  const rules = [
    ...(max === undefined ? [] : [atMost(what, max)]),
    ...(min === undefined ? [] : [atLeast(what, min)]),
    ...(pattern === undefined ? [] : [patternRule(pattern)]),
    ...(values === undefined ? [] : [enumRule(values)]),
  ];
  return rules.length === 0 ? null : `[${rules.join(", ")}]`;
}
