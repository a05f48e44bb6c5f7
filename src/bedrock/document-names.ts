/** Converse refuses a request in which two documents have the same name, wherever in the conversation they are. */
import type { ContentBlock, ConverseRequest, DocumentBlock, ToolResultContent } from "./converse.ts";

type Messages = ConverseRequest["messages"];
const LONGEST = 200;

/**
 * A name that occurs again gets a number, by its position: the same conversation always gets the same names, which
 * cached prefixes need. Upper and lower case count as the same.
 */
export function withOwnDocumentNames(messages: Messages): Messages {
  if (!messages.some(({ content }) => content.some(holdsDocument))) return messages;
  const taken = new Map<string, number>();
  const renamed = <Block extends ContentBlock | ToolResultContent>(block: Block): Block =>
    "document" in block ? { ...block, document: ownName(block.document, taken) } : block;
  return messages.map((message) => ({
    ...message,
    content: message.content.map((block) =>
      "toolResult" in block
        ? { toolResult: { ...block.toolResult, content: block.toolResult.content.map(renamed) } }
        : renamed(block),
    ),
  }));
}

function holdsDocument(block: ContentBlock): boolean {
  return "document" in block || ("toolResult" in block && block.toolResult.content.some(isDocument));
}

function isDocument(block: ToolResultContent): boolean {
  return "document" in block;
}

/** `taken`: by the name in lower case, the last number that it got. So many equal names cost no more than others. */
function ownName(document: DocumentBlock["document"], taken: Map<string, number>): DocumentBlock["document"] {
  const own = document.name.toLowerCase();
  let { name } = document;
  let last = taken.get(own) ?? 1;
  while (taken.has(name.toLowerCase())) {
    const suffix = `-${++last}`;
    name = `${document.name.slice(0, LONGEST - suffix.length).trimEnd()}${suffix}`;
  }
  taken.set(name.toLowerCase(), 1).set(own, last);
  return { ...document, name };
}
