/** The rules between the parts of a Converse request, in Bedrock's wording. */
import { validationError } from "../errors.ts";
import type { FoundationModel } from "./catalogue.ts";
import { mediaOf } from "./converse-content.ts";
import type { ConverseRequest, ContentBlock, Message } from "./inputs.ts";
import { REDACTED_REASONING, signReasoning } from "./turn.ts";

const MAX_IMAGES = 20;
const MAX_DOCUMENTS = 5;
/** Source: the Converse page of the Bedrock user guide. */
const MAX_BYTES = { image: 3_750_000, document: 4_500_000, video: 25_000_000, audio: 25_000_000 } as const;

/** Alphanumerics, single spaces, hyphens, parentheses and square brackets. */
const DOCUMENT_NAME = /^[a-zA-Z0-9()[\]-]+(\s[a-zA-Z0-9()[\]-]+)*$/;

export function checkConversation(request: ConverseRequest, model: FoundationModel): void {
  checkRoles(request.messages);
  for (const [i, message] of request.messages.entries()) {
    checkBlocks(message, i, model);
    checkMedia(message);
  }
  checkDocumentNames(request.messages);
  checkTools(request);
}

/** What Bedrock does about messages of the role system, besides taking them, is [U]: they may be anywhere. */
function checkRoles(all: Message[]): void {
  const messages = all.filter(({ role }) => role !== "system");
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
  if (content.length === 0) {
    throw validationError(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  for (const [i, block] of content.entries()) {
    const place = `messages.${index}.content.${i}`;
    if (block.text?.trim() === "") {
      throw validationError(
        `The text field in the ContentBlock object at ${place} is blank. Add text to the text field, and try again.`,
      );
    }
    if (block.toolUse !== undefined && role !== "assistant") {
      throw validationError(`The toolUse block at ${place} is only allowed in assistant messages.`);
    }
    if (block.toolResult !== undefined && role !== "user") {
      throw validationError(`The toolResult block at ${place} is only allowed in user messages.`);
    }
    if (block.reasoningContent !== undefined && !isOwnReasoning(block.reasoningContent, model)) {
      throw validationError(`${place}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
}

/** Reasoning must come back exactly as the model gave it: Claude's with its signature. */
function isOwnReasoning(
  { reasoningText, redactedContent }: NonNullable<ContentBlock["reasoningContent"]>,
  { family }: FoundationModel,
): boolean {
  if (reasoningText === undefined) return redactedContent === REDACTED_REASONING;
  const { text, signature } = reasoningText;
  if (signature === undefined) return family !== "claude";
  return signature === signReasoning(text);
}

function checkMedia({ content }: Message): void {
  for (const { kind, bytes } of content.flatMap(mediaOf))
    if (bytes > MAX_BYTES[kind])
      throw validationError(`The ${kind} is too large: ${bytes} > ${MAX_BYTES[kind]} bytes.`);
  if (content.some(({ document }) => document !== undefined && !DOCUMENT_NAME.test(document.name))) {
    throw validationError(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, " +
        "and square brackets. The name can't contain more than one consecutive whitespace character.",
    );
  }
  const images = content.filter((block) => block.image !== undefined).length;
  const documents = content.filter((block) => block.document !== undefined).length;
  if (images > MAX_IMAGES)
    throw validationError(`Too many images in one message: ${images} > ${MAX_IMAGES}.`);
  if (documents > MAX_DOCUMENTS) {
    throw validationError(`Too many documents in one message: ${documents} > ${MAX_DOCUMENTS}.`);
  }
  if (documents > 0 && !content.some((block) => block.text !== undefined)) {
    throw validationError("A text block must be included when using documents.");
  }
}

/** Over the whole request, tools' results included. Source: maximhq/bifrost#7003. That case doesn't count is a guess. */
function checkDocumentNames(messages: Message[]): void {
  const names = messages
    .flatMap(({ content }) => content)
    .flatMap((block) => ("toolResult" in block ? block.toolResult.content.map(nameOf) : [nameOf(block)]))
    .filter((name) => name !== undefined);
  if (new Set(names).size < names.length)
    throw validationError(
      "Messages can't contain duplicate document names. Rename the document and retry your request.",
    );
}

function nameOf(block: object & { document?: { name: string } }): string | undefined {
  return block.document?.name.toLowerCase();
}

/** Each call is answered in the very next message, and only calls are answered. */
function checkTools({ messages, toolConfig }: ConverseRequest): void {
  const usesTools = messages.some(({ content }) =>
    content.some((block) => block.toolUse !== undefined || block.toolResult !== undefined),
  );
  if (usesTools && toolConfig === undefined) {
    throw validationError(
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
  }
  checkToolChoice(toolConfig);
  for (const [i, { content }] of messages.entries()) {
    const calls = messages[i - 1]?.content.flatMap((block) => block.toolUse?.toolUseId ?? []) ?? [];
    const results = content.flatMap((block) => block.toolResult?.toolUseId ?? []);
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
  // Source: d-kuro/kirocc#93, kirodotdev/Kiro#11026.
  const untyped = toolConfig.tools.findIndex(
    ({ toolSpec }) => toolSpec !== undefined && toolSpec.inputSchema.json?.["type"] !== "object",
  );
  if (untyped >= 0)
    throw validationError(
      `The value at toolConfig.tools.${untyped}.toolSpec.inputSchema.json.type must be one of the following: object.`,
    );
  const names = toolConfig.tools.flatMap((each) => each.toolSpec?.name ?? []);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw validationError(`The toolConfig.tools array contains duplicate names: ${twice}`);
  const choice = toolConfig.toolChoice;
  if (choice?.tool !== undefined && !names.includes(choice.tool.name)) {
    throw validationError(`Tool '${choice.tool.name}' in toolChoice is not among toolConfig.tools.`);
  }
}
