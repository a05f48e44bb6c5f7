/**
 * Reads the JSON of callers field by field. Every problem is a 400 that names the field's path; a field that
 * Signet doesn't know is refused, never dropped.
 */
import { SignetError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";

export type Json = Readonly<Record<string, unknown>>;

/**
 * How a field is handled. `ignored` and `refused` say why; a refused field still passes with a value that requests
 * nothing (`harmless`).
 */
export type Support =
  | "mapped"
  | "passed"
  | { ignored: string }
  | { refused: string; harmless?: readonly unknown[] };

/** By the field's name, as far as a protocol knows it. docs/protocols.md is checked against these tables. */
export type SupportTable = Readonly<Record<string, Support>>;

export function invalid(path: string, problem: string): SignetError {
  return new SignetError("invalid_body", `${path}: ${problem}`, { param: path });
}

export function unsupported(path: string, why: string): SignetError {
  return new SignetError("unsupported_parameter", `${path}: ${why}`, { param: path });
}

/** The request's body as a JSON object. */
export function readBody(body: Buffer): Json {
  const value = parseJson(body);
  if (!isObject(value)) throw new SignetError("invalid_body", "The request body is not a JSON object.");
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON's null means an absent field, as with the vendors. */
export function absent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

const MAX_PATH = 256;

/** Refuses every field of `json` that `table` refuses or doesn't know. `path` is empty for the body itself. */
export function checkFields(json: Json, table: SupportTable, path = ""): void {
  for (const name of Object.keys(json)) {
    const support = Object.hasOwn(table, name) ? table[name] : undefined;
    const at = path === "" ? name : `${path}.${name}`;
    // An unknown name can be as long as a body.
    if (support === undefined) throw unsupported(at.slice(0, MAX_PATH), "this field is unknown.");
    const value = json[name];
    if (typeof support === "string" || !("refused" in support) || absent(value)) continue;
    if (!support.harmless?.some((each) => same(each, value))) throw unsupported(at, support.refused);
  }
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

export function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(path, `expected a string, got ${kindOf(value)}.`);
  return value;
}

export function object(value: unknown, path: string): Json {
  if (!isObject(value)) throw invalid(path, `expected an object, got ${kindOf(value)}.`);
  return value;
}

export function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(path, `expected an array, got ${kindOf(value)}.`);
  return value;
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw invalid(path, `expected true or false, got ${kindOf(value)}.`);
  return value;
}

export function number(value: unknown, path: string, min: number, max: number): number {
  if (typeof value !== "number") throw invalid(path, `expected a number, got ${kindOf(value)}.`);
  if (!(value >= min && value <= max))
    throw invalid(path, `${value} is not in Bedrock's range of ${min} to ${max}.`);
  return value;
}

export function fraction(value: unknown, path: string): number {
  return number(value, path, 0, 1);
}

export function count(value: unknown, path: string, min = 1): number {
  const found = number(value, path, min, Number.MAX_SAFE_INTEGER);
  if (!Number.isSafeInteger(found)) throw invalid(path, "expected a whole number.");
  return found;
}

export function oneOf<T extends string>(value: unknown, path: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalid(path, `expected one of ${choices.join(", ")}.`);
  return found;
}

/** Reads a field if present: `optional(body.top_p, "top_p", (v, p) => number(v, p, 0, 1))`. */
export function optional<T>(
  value: unknown,
  path: string,
  read: (value: unknown, path: string) => T,
): T | undefined {
  return absent(value) ? undefined : read(value, path);
}

/** Array items with their paths; all must be objects. */
export function objects(value: unknown, path: string): { json: Json; path: string }[] {
  return list(value, path).map((each, i) => ({ json: object(each, `${path}.${i}`), path: `${path}.${i}` }));
}

export function texts(value: unknown, path: string): string[] {
  return list(value, path).map((each, i) => text(each, `${path}.${i}`));
}

/** Bedrock takes no empty one. */
export function stopSequences(value: unknown, path: string): string[] {
  const sequences = texts(value, path);
  if (sequences.includes("")) throw invalid(path, "a stop sequence has at least one character.");
  return sequences;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
