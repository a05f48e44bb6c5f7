/** Values of requests: which are objects of JSON, what text means, and how AWS's messages show them, as Java writes them. */
import type { Shape } from "./model.ts";

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function shown(value: unknown): string {
  return `'${written(value)}'`;
}

function written(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return buffer(value.length);
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (!isRecord(value)) return String(value);
  const members = Object.entries(value).map(([key, each]) => `${key}=${written(each)}`);
  return `{${members.join(", ")}}`;
}

/** Bytes are shown by their number. */
export function buffer(size: number): string {
  return `java.nio.HeapByteBuffer[pos=0 lim=${size} cap=${size}]`;
}

/** What isn't of its type stays text, which its parser refuses. */
export function fromText({ type }: Shape, text: string): unknown {
  if ((type === "integer" || type === "long") && /^-?\d+$/.test(text)) return Number(text);
  return type === "boolean" && (text === "true" || text === "false") ? text === "true" : text;
}
