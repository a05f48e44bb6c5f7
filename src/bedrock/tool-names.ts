/**
 * Names and ids of tools within Converse's limits, and back. Most fit unchanged; one that doesn't gets a short
 * digest, so that two never become the same.
 */
import { hash } from "node:crypto";

/** Converse takes dots and colons in ids; Claude behind it refuses them. */
const FITTING = /^[a-zA-Z0-9_-]{1,64}$/;
const DIGEST = 10;

/** One request's tool names. Bedrock sees the plain form, the caller always its own. */
export class ToolNames {
  readonly #own = new Map<string, string>();

  /** The form for Bedrock. */
  plain(name: string): string {
    const plain = fitted(name);
    if (plain !== name) this.#own.set(plain, name);
    return plain;
  }

  /** The caller's name of a tool that the model called. */
  own(plain: string): string {
    return this.#own.get(plain) ?? plain;
  }
}

/** A call's id for Bedrock. The same id always becomes the same, so that calls and results still pair. */
export function plainToolUseId(id: string): string {
  return fitted(id);
}

function fitted(text: string): string {
  if (FITTING.test(text)) return text;
  return `${text.replace(/[^a-zA-Z0-9_-]/g, "_").slice(0, 63 - DIGEST)}_${hash("sha256", text, "hex").slice(0, DIGEST)}`;
}
