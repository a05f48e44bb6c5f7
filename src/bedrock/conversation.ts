/** The rules for a sequence of Converse messages: roles alternate, no blank text, text with documents. */
import type { CitationsBlock, ContentBlock, Message } from "./converse.ts";

/** Sent with documents if the caller gave no text, which Converse requires. */
const BESIDE_DOCUMENT = "Attached document:";

/**
 * Joins consecutive messages of one role into one (all results of parallel calls belong in one message) and drops
 * blank texts and messages that are left without content.
 */
export function conversationOf(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const { role, content } of messages) {
    const kept = content.filter((block) => !("text" in block) || block.text.trim() !== "");
    // A cache point marks what precedes it: without anything before it, it marks nothing.
    if (kept.every((block) => "cachePoint" in block)) continue;
    const last = joined.at(-1);
    if (last?.role === role) last.content.push(...kept);
    else joined.push({ role, content: kept });
  }
  for (const { content } of joined) {
    const first = content.findIndex((block) => "document" in block);
    if (first >= 0 && !content.some((block) => "text" in block))
      content.splice(first, 0, { text: BESIDE_DOCUMENT });
  }
  return joined.map(({ role, content }) => ({ role, content: resultsFirst(content) }));
}

/** Claude requires the results of its calls before anything else in the message. */
function resultsFirst(content: ContentBlock[]): ContentBlock[] {
  if (!content.some(isResult)) return content;
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

function isResult(block: ContentBlock): boolean {
  return "toolResult" in block;
}

/** Whether any message calls a tool or has a result: Converse then requires `toolConfig`. */
export function usesTools(messages: readonly Message[]): boolean {
  return messages.some(({ content }) => content.some((block) => "toolUse" in block || "toolResult" in block));
}

/** The text of a block with citations. */
export function citedText({ citationsContent: { content = [] } }: CitationsBlock): string {
  return content.map(({ text }) => text).join("");
}
