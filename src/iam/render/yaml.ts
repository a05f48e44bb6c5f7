/**
 * Writes data as YAML in block style, in ASCII. Every text that could be read as anything else is quoted, so that
 * YAML 1.1 (CloudFormation's) and 1.2 read the same. Source: the YAML 1.1 specification, chapters 5, 7 and 9.
 */
import { asciiQuoted } from "./ascii.ts";

/** `value` as one YAML document; it must be an object. */
export function yamlDocument(value: Readonly<Record<string, unknown>>): string {
  return `${mapping(value).join("\n")}\n`;
}

const INDENT = "  ";

function mapping(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).flatMap(([key, child]) => {
    const lines = node(child);
    const head = `${scalar(key)}:`;
    return isCollection(child)
      ? [head, ...lines.map((line) => INDENT + line)]
      : [`${head} ${lines.join("")}`];
  });
}

function sequence(values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    const [first = "", ...rest] = node(value);
    return [`- ${first}`, ...rest.map((line) => INDENT + line)];
  });
}

function node(value: unknown): string[] {
  if (!isCollection(value)) return [scalar(value)];
  return Array.isArray(value) ? sequence(value) : mapping(value as Record<string, unknown>);
}

/** Empty ones are written as `[]` and `{}`, on one line. */
function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** No indicator at its ends, no `: ` or ` #` inside, not a number, not a date. */
const PLAIN = /^[A-Za-z](?:[A-Za-z0-9._:/-]*[A-Za-z0-9])?$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.test(value) ? value : asciiQuoted(value);
}
