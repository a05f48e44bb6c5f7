/** The items of an answer's `output`, made from Converse's blocks, whole or in pieces. */
import { citedText } from "../../../bedrock/conversation.ts";
import type { CitationsBlock, ContentBlock } from "../../../bedrock/converse.ts";
import type { ToolNames } from "../../../bedrock/tool-names.ts";
import { encodeReasoning, type ReasoningContent } from "./reasoning-item.ts";

export type ItemStatus = "in_progress" | "completed" | "incomplete";

interface MessageItem {
  id: string;
  type: "message";
  role: "assistant";
  status: ItemStatus;
  content: { type: "output_text"; annotations: []; logprobs: []; text: string }[];
}

interface FunctionCallItem {
  id: string;
  type: "function_call";
  status: ItemStatus;
  call_id: string;
  name: string;
  /** JSON */
  arguments: string;
}

interface ReasoningItem {
  id: string;
  type: "reasoning";
  status: ItemStatus;
  summary: { type: "summary_text"; text: string }[];
  encrypted_content?: string;
}

export type OutputItem = MessageItem | FunctionCallItem | ReasoningItem;

/** What items need to know about the request. */
export interface ItemContext {
  /** Distinguishes this answer's ids from all others. */
  suffix: string;
  tools: ToolNames;
  /** Whether calls are left out of the answer. */
  suppressCalls: boolean;
  /** Whether the caller asked for summaries: they have the reasoning's text, as Bedrock gives no shorter one. */
  summarized: boolean;
}

/** A block of an answer, received so far. */
export type Draft =
  | { type: "message"; text: string }
  /** `name` in Bedrock's form. `json` is the input so far. */
  | { type: "function_call"; callId: string; name: string; json: string }
  | { type: "reasoning"; text: string; signature?: string; redacted?: string };

/** Undefined for what has no place in an answer: empty text, a suppressed call. */
export function draftOf(
  block: ContentBlock | CitationsBlock,
  { suppressCalls }: ItemContext,
): Draft | undefined {
  if ("text" in block) return messageDraft(block.text);
  if ("citationsContent" in block) return messageDraft(citedText(block));
  if ("toolUse" in block && !suppressCalls) {
    const { toolUseId, name, input } = block.toolUse;
    return { type: "function_call", callId: toolUseId, name, json: JSON.stringify(input) };
  }
  if (!("reasoningContent" in block)) return undefined;
  const { reasoningContent: content } = block;
  if ("redactedContent" in content) return { type: "reasoning", text: "", redacted: content.redactedContent };
  return { type: "reasoning", ...content.reasoningText };
}

function messageDraft(text: string): Draft | undefined {
  return text === "" ? undefined : { type: "message", text };
}

/** `index`: the item's place in `output`. */
export function itemOf(draft: Draft, index: number, status: ItemStatus, context: ItemContext): OutputItem {
  const end = `${context.suffix}_${index}`;
  switch (draft.type) {
    case "message":
      return {
        id: `msg_${end}`,
        type: "message",
        role: "assistant",
        status,
        content: [outputText(draft.text)],
      };
    case "function_call": {
      const name = context.tools.own(draft.name);
      // In a stream, a call without input has no JSON at all.
      const input = draft.json === "" ? "{}" : draft.json;
      return {
        id: `fc_${end}`,
        type: "function_call",
        status,
        call_id: draft.callId,
        name,
        arguments: input,
      };
    }
    case "reasoning": {
      const shown = context.summarized && draft.text !== "";
      return {
        id: `rs_${end}`,
        type: "reasoning",
        status,
        summary: shown ? [summaryText(draft.text)] : [],
        encrypted_content: encodeReasoning(reasoningContent(draft)),
      };
    }
    default: {
      const _: never = draft;
      return _;
    }
  }
}

export function outputText(text: string): MessageItem["content"][number] {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

export function summaryText(text: string): ReasoningItem["summary"][number] {
  return { type: "summary_text", text };
}

function reasoningContent({
  text,
  signature,
  redacted,
}: Extract<Draft, { type: "reasoning" }>): ReasoningContent {
  if (redacted !== undefined) return { redactedContent: redacted };
  return { reasoningText: { text, ...(signature !== undefined && { signature }) } };
}
