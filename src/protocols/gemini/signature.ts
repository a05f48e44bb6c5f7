/**
 * Signet's `thoughtSignature`: the reasoning that preceded a part, exactly as Bedrock gave it, so that a caller who
 * sends the model's parts back unchanged returns its reasoning to the model, whether it was shown or not. The form is
 * base64 of the JSON of Converse's reasoning blocks.
 */
import { parseJson } from "../../core/json.ts";
import type { ReasoningBlock } from "../../bedrock/converse.ts";
import { invalid, isObject } from "../fields.ts";

type Reasoning = ReasoningBlock["reasoningContent"];

export function signatureOf(reasoning: readonly Reasoning[]): string {
  return Buffer.from(JSON.stringify(reasoning)).toString("base64");
}

/** Throws `invalid_body` for anything but Signet's own signatures. */
export function reasoningIn(signature: string, path: string): ReasoningBlock[] {
  let value: unknown;
  try {
    value = parseJson(Buffer.from(signature, "base64"));
  } catch {
    // Not JSON: reported below.
  }
  if (!Array.isArray(value) || !value.every(isReasoning))
    throw invalid(path, "it is not a signature from one of this endpoint's answers.");
  return value.map((reasoningContent) => ({ reasoningContent }));
}

function isReasoning(value: unknown): value is Reasoning {
  if (!isObject(value)) return false;
  const { redactedContent, reasoningText } = value;
  if (typeof redactedContent === "string") return true;
  return isObject(reasoningText) && typeof reasoningText["text"] === "string";
}
