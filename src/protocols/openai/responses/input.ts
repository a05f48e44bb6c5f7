/** The items of `input`, and `instructions`, as Converse's messages. */
import { conversationOf } from "../../../bedrock/conversation.ts";
import type {
  CachePointBlock,
  ContentBlock,
  ConverseRequest,
  Message,
  ToolResultContent,
} from "../../../bedrock/converse.ts";
import { plainToolUseId, type ToolNames } from "../../../bedrock/tool-names.ts";
import { checkFields, invalid, objects, oneOf, optional, text, type Json } from "../../fields.ts";
import type { CacheTtl } from "../options.ts";
import { readArguments } from "../parts.ts";
import { ASSISTANT_PARTS, readContent, SYSTEM_PARTS, USER_PARTS } from "./content.ts";
import { kindOf } from "../../kinds.ts";
import { decodeReasoning } from "./reasoning-item.ts";
import { FUNCTION_CALL, FUNCTION_CALL_OUTPUT, ITEM_TYPES, MESSAGE, REASONING_ITEM } from "./support.ts";

type System = NonNullable<ConverseRequest["system"]>;

const ROLES = ["user", "assistant", "system", "developer"] as const;

interface Item {
  json: Json;
  path: string;
}

export interface InputOptions {
  tools: ToolNames;
  cacheTtl: CacheTtl;
}

/** System and developer messages, wherever they are, come after `instructions`, in order. */
export function readInput(body: Json, options: InputOptions): Pick<ConverseRequest, "messages" | "system"> {
  const system: System = [];
  const messages: Message[] = [];
  const instructions = optional(body["instructions"], "instructions", text) ?? "";
  if (instructions.trim() !== "") system.push({ text: instructions });
  const { input } = body;
  if (typeof input === "string") messages.push({ role: "user", content: [{ text: input }] });
  else for (const item of objects(input, "input")) readItem(item, options, { system, messages });
  const conversation = conversationOf(messages);
  if (conversation.length === 0) throw invalid("input", "no item has any content.");
  return { messages: conversation, ...(system.length > 0 && { system }) };
}

function readItem(item: Item, options: InputOptions, into: { system: System; messages: Message[] }): void {
  const { json, path } = item;
  const type = kindOf(json["type"] ?? "message", `${path}.type`, ITEM_TYPES);
  switch (type) {
    case "function_call":
      into.messages.push({ role: "assistant", content: [functionCall(item, options)] });
      return;
    case "function_call_output":
      into.messages.push({ role: "user", content: functionOutput(item, options) });
      return;
    case "reasoning":
      checkFields(json, REASONING_ITEM, path);
      into.messages.push({
        role: "assistant",
        content: [decodeReasoning(json["encrypted_content"], `${path}.encrypted_content`)],
      });
      return;
    default:
      readMessage(item, options, into);
  }
}

function readMessage(
  { json, path }: Item,
  { cacheTtl }: InputOptions,
  { system, messages }: { system: System; messages: Message[] },
): void {
  checkFields(json, MESSAGE, path);
  const role = oneOf(json["role"], `${path}.role`, ROLES);
  const at = `${path}.content`;
  switch (role) {
    case "user":
      messages.push({ role, content: readContent(json["content"], at, USER_PARTS, cacheTtl) });
      return;
    case "assistant":
      messages.push({ role, content: readContent(json["content"], at, ASSISTANT_PARTS, cacheTtl) });
      return;
    case "system":
    case "developer":
      for (const block of readContent(json["content"], at, SYSTEM_PARTS, cacheTtl)) {
        if ("cachePoint" in block || ("text" in block && block.text.trim() !== "")) system.push(block);
      }
      return;
    default: {
      const _: never = role;
      return _;
    }
  }
}

function functionCall({ json, path }: Item, { tools }: InputOptions): ContentBlock {
  checkFields(json, FUNCTION_CALL, path);
  const id = text(json["call_id"], `${path}.call_id`);
  const name = text(json["name"], `${path}.name`);
  const input = readArguments(json["arguments"], `${path}.arguments`);
  return { toolUse: { toolUseId: plainToolUseId(id), name: tools.plain(name), input } };
}

/** A cache point comes after a tool's result, never in it. */
function functionOutput({ json, path }: Item, { cacheTtl }: InputOptions): ContentBlock[] {
  checkFields(json, FUNCTION_CALL_OUTPUT, path);
  const toolUseId = plainToolUseId(text(json["call_id"], `${path}.call_id`));
  const content: ToolResultContent[] = [];
  const cachePoints: CachePointBlock[] = [];
  for (const block of readContent(json["output"], `${path}.output`, USER_PARTS, cacheTtl)) {
    if ("cachePoint" in block) cachePoints.push(block);
    else if (!("text" in block) || block.text.trim() !== "") content.push(block);
  }
  return [{ toolResult: { toolUseId, content } }, ...cachePoints];
}
