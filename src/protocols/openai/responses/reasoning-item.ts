/**
 * A model's reasoning, kept by the caller with the conversation. Bedrock requires it back exactly as it gave it,
 * signature included, so `encrypted_content` has all of it: base64 of `reasoningContent` as JSON. It hides nothing
 * from the caller, whose answer it was; Bedrock checks the signature.
 */
import { parseJson } from "../../../core/json.ts";
import type { ReasoningBlock } from "../../../bedrock/converse.ts";
import { invalid, isObject, text } from "../../fields.ts";

export type ReasoningContent = ReasoningBlock["reasoningContent"];

export function encodeReasoning(content: ReasoningContent): string {
  return Buffer.from(JSON.stringify(content)).toString("base64");
}

/** Only what `encodeReasoning` made: OpenAI's own means nothing to Bedrock. */
export function decodeReasoning(value: unknown, path: string): ReasoningBlock {
  if (value === undefined || value === null) {
    throw invalid(path, "send reasoning back with its encrypted_content.");
  }
  const content = contentOf(text(value, path));
  if (!content) throw invalid(path, "it is not the encrypted_content of one of this endpoint's answers.");
  return { reasoningContent: content };
}

function contentOf(base64: string): ReasoningContent | undefined {
  let json: unknown;
  try {
    json = parseJson(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { reasoningText, redactedContent } = json;
  if (typeof redactedContent === "string") return { redactedContent };
  if (!isObject(reasoningText) || typeof reasoningText["text"] !== "string") return undefined;
  const { text: thought, signature } = reasoningText;
  if (signature === undefined) return { reasoningText: { text: thought } };
  return typeof signature === "string" ? { reasoningText: { text: thought, signature } } : undefined;
}
