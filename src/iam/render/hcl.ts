/**
 * Writes values as HCL expressions in ASCII, laid out as `terraform fmt` does.
 * Source: the HCL native syntax specification, "Template Expressions" and "Collection Values".
 */
import { asciiQuoted } from "./ascii.ts";

const TEXT = Symbol("HCL");

/** Text that is an HCL expression already: `var.external_id`. */
export interface Expression {
  readonly [TEXT]: string;
}

export function expression(text: string): Expression {
  return { [TEXT]: text };
}

function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && TEXT in value;
}

/** `value` as an expression; lines after the first are indented by `indent`. */
export function hclValue(value: unknown, indent: string): string {
  if (isExpression(value)) return value[TEXT];
  if (typeof value === "string") return hclString(value);
  if (Array.isArray(value)) return list(value, indent);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const body = hclAttributes(value as Record<string, unknown>, `${indent}  `);
  return body.length === 0 ? "{}" : `{\n${body.join("\n")}\n${indent}}`;
}

/** `name = value` for each entry; the equals signs of adjacent one-line entries are aligned. */
export function hclAttributes(entries: Readonly<Record<string, unknown>>, indent: string): string[] {
  const written = Object.entries(entries).map(([name, value]) => ({
    name: attributeName(name),
    value: hclValue(value, indent),
  }));
  return written.map(({ name, value }, at) => {
    const width = value.includes("\n")
      ? 0
      : Math.max(...runAround(written, at).map((entry) => entry.name.length));
    return `${indent}${name.padEnd(width)} = ${value}`;
  });
}

/** A quoted text. `${` and `%{` would begin a template: their first character is written as an escape. */
export function hclString(text: string): string {
  return asciiQuoted(text).replace(/[$%](?=\{)/g, (char) => (char === "$" ? "\\u0024" : "\\u0025"));
}

function list(values: readonly unknown[], indent: string): string {
  const [only] = values;
  if (values.length === 0) return "[]";
  if (values.length === 1) return `[${hclValue(only, indent)}]`;
  const lines = values.map((value) => `${indent}  ${hclValue(value, `${indent}  `)},`);
  return `[\n${lines.join("\n")}\n${indent}]`;
}

function attributeName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? name : hclString(name);
}

interface Written {
  name: string;
  value: string;
}

/** The one-line entries next to `at`, itself included. */
function runAround(entries: readonly Written[], at: number): readonly Written[] {
  const isBreak = ({ value }: Written) => value.includes("\n");
  const start = entries.findLastIndex((entry, index) => index < at && isBreak(entry)) + 1;
  const end = entries.findIndex((entry, index) => index > at && isBreak(entry));
  return entries.slice(start, end < 0 ? undefined : end);
}
