/** The rules between the parts of a Converse request, in Bedrock's wording. */
import { validationError } from "../errors.ts";
import type { FoundationModel } from "./catalogue.ts";
import type { ConverseRequest, Message } from "./converse-schema.ts";
import { REDACTED_REASONING, signReasoning } from "./turn.ts";

const MAX_IMAGES = 20;
const MAX_DOCUMENTS = 5;

export function checkConversation(request: ConverseRequest, model: FoundationModel): void {
  checkRoles(request.messages);
  for (const [i, message] of request.messages.entries()) {
    checkBlocks(message, i, model);
    checkMedia(message);
  }
  checkTools(request);
}

function checkRoles(messages: Message[]): void {
  if (messages[0]?.role !== "user") {
    throw validationError(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  const repeated = messages.some(({ role }, i) => i > 0 && messages[i - 1]?.role === role);
  if (repeated) {
    throw validationError(
      "A conversation must alternate between user and assistant roles. Make sure the conversation alternates " +
        "between user and assistant roles and try again.",
    );
  }
}

function checkBlocks({ role, content }: Message, index: number, model: FoundationModel): void {
  for (const [i, block] of content.entries()) {
    const place = `messages.${index}.content.${i}`;
    if ("text" in block && block.text.trim() === "") {
      throw validationError(
        `The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`,
      );
    }
    if ("toolUse" in block && role !== "assistant") {
      throw validationError(`The toolUse block at ${place} is only allowed in assistant messages.`);
    }
    if ("toolResult" in block && role !== "user") {
      throw validationError(`The toolResult block at ${place} is only allowed in user messages.`);
    }
    if ("reasoningContent" in block && !isOwnReasoning(block.reasoningContent, model)) {
      throw validationError(`${place}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
}

type Reasoning =
  | { reasoningText: { text: string; signature?: string | undefined } }
  | { redactedContent: string };

/** Reasoning must come back exactly as the model gave it: Claude's with its signature. */
function isOwnReasoning(reasoning: Reasoning, { family }: FoundationModel): boolean {
  if ("redactedContent" in reasoning) return reasoning.redactedContent === REDACTED_REASONING;
  const { text, signature } = reasoning.reasoningText;
  if (signature === undefined) return family !== "claude";
  return signature === signReasoning(text);
}

function checkMedia({ content }: Message): void {
  const images = content.filter((block) => "image" in block).length;
  const documents = content.filter((block) => "document" in block).length;
  if (images > MAX_IMAGES)
    throw validationError(`Too many images in one message: ${images} > ${MAX_IMAGES}.`);
  if (documents > MAX_DOCUMENTS) {
    throw validationError(`Too many documents in one message: ${documents} > ${MAX_DOCUMENTS}.`);
  }
  if (documents > 0 && !content.some((block) => "text" in block)) {
    throw validationError("A text block is required in a message that has a document.");
  }
}

/** Each call is answered in the very next message, and only calls are answered. */
function checkTools({ messages, toolConfig }: ConverseRequest): void {
  const usesTools = messages.some(({ content }) =>
    content.some((block) => "toolUse" in block || "toolResult" in block),
  );
  if (usesTools && toolConfig === undefined) {
    throw validationError(
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
  }
  checkToolChoice(toolConfig);
  for (const [i, { content }] of messages.entries()) {
    const calls =
      messages[i - 1]?.content.flatMap((block) => ("toolUse" in block ? [block.toolUse.toolUseId] : [])) ??
      [];
    const results = content.flatMap((block) => ("toolResult" in block ? [block.toolResult.toolUseId] : []));
    if (new Set(results).size !== results.length) {
      throw validationError(`messages.${i}.content contains duplicate Ids in its toolResult blocks.`);
    }
    const missing = calls.filter((id) => !results.includes(id));
    if (missing.length > 0) {
      throw validationError(
        `Expected toolResult blocks at messages.${i}.content for the following Ids: ${missing.join(", ")}`,
      );
    }
    if (results.length > calls.length) {
      throw validationError(
        `The number of toolResult blocks at messages.${i}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    }
  }
}

function checkToolChoice(toolConfig: ConverseRequest["toolConfig"]): void {
  if (toolConfig === undefined) return;
  const names = toolConfig.tools.flatMap((each) => ("toolSpec" in each ? [each.toolSpec.name] : []));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw validationError(`The toolConfig.tools array contains duplicate names: ${twice}`);
  const choice = toolConfig.toolChoice;
  if (choice !== undefined && "tool" in choice && !names.includes(choice.tool.name)) {
    throw validationError(`Tool '${choice.tool.name}' in toolChoice is not among toolConfig.tools.`);
  }
}
