/**
 * Names and ids of tools within Converse's limits, and back. Most fit unchanged; one that doesn't gets a short
 * digest, so that two never become the same.
 */
import { hash } from "node:crypto";

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const ID = /^[a-zA-Z0-9_.:-]{1,64}$/;
const DIGEST = 10;

/** One request's tool names. Bedrock sees the plain form, the caller always its own. */
export class ToolNames {
  readonly #own = new Map<string, string>();

  /** The form for Bedrock. */
  plain(name: string): string {
    if (NAME.test(name)) return name;
    const plain = fitted(name, /[^a-zA-Z0-9_-]/g);
    this.#own.set(plain, name);
    return plain;
  }

  /** The caller's name of a tool that the model called. */
  own(plain: string): string {
    return this.#own.get(plain) ?? plain;
  }
}

/** A call's id for Bedrock. The same id always becomes the same, so that calls and results still pair. */
export function plainToolUseId(id: string): string {
  return ID.test(id) ? id : fitted(id, /[^a-zA-Z0-9_.:-]/g);
}

function fitted(text: string, foreign: RegExp): string {
  return `${text.replace(foreign, "_").slice(0, 63 - DIGEST)}_${hash("sha256", text, "hex").slice(0, DIGEST)}`;
}
