/** Gemini's contents as Converse's messages. */
import { conversationOf } from "../../bedrock/conversation.ts";
import type { ContentBlock, JsonObject, Message, TextBlock } from "../../bedrock/converse.ts";
import { mediaBlock } from "../../bedrock/media.ts";
import { plainToolUseId, type ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  flag,
  invalid,
  list,
  oneOf,
  optional,
  text,
  unsupported,
  type Json,
} from "../fields.ts";
import { fieldsOf } from "./names.ts";
import { reasoningIn } from "./signature.ts";
import { CONTENT, FUNCTION_CALL, FUNCTION_RESPONSE, INLINE_DATA, PART } from "./support.ts";

const ROLES = ["user", "model", "function", "tool"] as const;

export function readContents(value: unknown, tools: ToolNames): Message[] {
  const calls = new OpenCalls();
  const contents =
    typeof value === "string" ? [{ role: "user", parts: [{ text: value }] }] : list(value, "contents");
  const messages = contents.map((each, i): Message => {
    const path = `contents.${i}`;
    const content = fieldsOf(each, path);
    checkFields(content, CONTENT, path);
    const role = optional(content["role"], `${path}.role`, (v, p) => oneOf(v, p, ROLES)) ?? "user";
    const blocks = partsOf(content["parts"], `${path}.parts`, { tools, calls });
    return { role: role === "model" ? "assistant" : "user", content: blocks };
  });
  const conversation = conversationOf(messages);
  if (conversation.length === 0) throw invalid("contents", "it is empty.");
  return conversation;
}

/** A content of text only: a system instruction, or text to embed. */
export function textsOf(value: unknown, path: string): string[] {
  if (typeof value === "string") return [value];
  const content = fieldsOf(value, path);
  checkFields(content, CONTENT, path);
  return list(content["parts"], `${path}.parts`).map((each, i) => {
    const at = `${path}.parts.${i}`;
    const part = fieldsOf(each, at);
    checkFields(part, PART, at);
    if (typeof part["text"] !== "string") throw unsupported(at, "only text is allowed here.");
    return part["text"];
  });
}

export function systemOf(value: unknown): TextBlock[] {
  if (absent(value)) return [];
  return textsOf(value, "systemInstruction").flatMap((each) => (each.trim() === "" ? [] : [{ text: each }]));
}

interface Context {
  tools: ToolNames;
  calls: OpenCalls;
}

function partsOf(value: unknown, path: string, context: Context): ContentBlock[] {
  if (absent(value)) return [];
  return list(value, path).flatMap((each, i) => {
    const at = `${path}.${i}`;
    const part = fieldsOf(each, at);
    checkFields(part, PART, at);
    const signature = optional(part["thoughtSignature"], `${at}.thoughtSignature`, text);
    const reasoning = signature === undefined ? [] : reasoningIn(signature, `${at}.thoughtSignature`);
    // A visible thought comes back complete in the signature of the part after it.
    if (optional(part["thought"], `${at}.thought`, flag)) return reasoning;
    return [...reasoning, ...blockOf(part, at, context)];
  });
}

function blockOf(part: Json, path: string, context: Context): ContentBlock[] {
  const { text: words, inlineData, functionCall, functionResponse } = part;
  if (!absent(words)) return [{ text: text(words, `${path}.text`) }];
  if (!absent(inlineData)) return [mediaOf(inlineData, `${path}.inlineData`)];
  if (!absent(functionCall)) return [callOf(functionCall, `${path}.functionCall`, context)];
  if (!absent(functionResponse)) return [responseOf(functionResponse, `${path}.functionResponse`, context)];
  if (!absent(part["thoughtSignature"])) return [];
  throw invalid(path, "the part has no text, data, call or response.");
}

function mediaOf(value: unknown, path: string): ContentBlock {
  const data = fieldsOf(value, path);
  checkFields(data, INLINE_DATA, path);
  const name = optional(data["displayName"], `${path}.displayName`, text);
  const block = mediaBlock({
    mimeType: text(data["mimeType"], `${path}.mimeType`),
    base64: text(data["data"], `${path}.data`),
    ...(name !== undefined && { name }),
  });
  if ("problem" in block) throw invalid(path, block.problem);
  return block;
}

function callOf(value: unknown, path: string, { tools, calls }: Context): ContentBlock {
  const call = fieldsOf(value, path);
  checkFields(call, FUNCTION_CALL, path);
  const name = text(call["name"], `${path}.name`);
  const args = optional(call["args"], `${path}.args`, (v, p) => fieldsAsTheyAre(v, p)) ?? {};
  const toolUseId = calls.open(name, optional(call["id"], `${path}.id`, text));
  return { toolUse: { toolUseId, name: tools.plain(name), input: args } };
}

function responseOf(value: unknown, path: string, { calls }: Context): ContentBlock {
  const response = fieldsOf(value, path);
  checkFields(response, FUNCTION_RESPONSE, path);
  const name = text(response["name"], `${path}.name`);
  const json = optional(response["response"], `${path}.response`, (v, p) => fieldsAsTheyAre(v, p)) ?? {};
  const toolUseId = calls.close(name, optional(response["id"], `${path}.id`, text));
  if (toolUseId === undefined) throw invalid(path, "the conversation has no call for this response.");
  return { toolResult: { toolUseId, content: [resultOf(json)] } };
}

/** Google's SDK wraps a plain result: it is unwrapped if it is only text. */
function resultOf(json: JsonObject): TextBlock | { json: JsonObject } {
  const [name = "", ...more] = Object.keys(json);
  const value = json[name];
  const isPlain = more.length === 0 && (name === "output" || name === "result");
  return isPlain && typeof value === "string" && value.trim() !== "" ? { text: value } : { json };
}

function fieldsAsTheyAre(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(path, "expected an object.");
  return value as JsonObject;
}

/** Pairs calls and responses: by id, or without one by name and order. */
class OpenCalls {
  readonly #open: { name: string; id: string | undefined; toolUseId: string }[] = [];
  #count = 0;

  open(name: string, id: string | undefined): string {
    const toolUseId = id === undefined || id === "" ? `call_${this.#count}` : plainToolUseId(id);
    this.#count++;
    this.#open.push({ name, id, toolUseId });
    return toolUseId;
  }

  close(name: string, id: string | undefined): string | undefined {
    const named = this.#open.findIndex((call) => (id === undefined ? call.name === name : call.id === id));
    // A response may have an id although its call had none.
    const index =
      named >= 0 ? named : this.#open.findIndex((call) => call.name === name && call.id === undefined);
    return this.#open.splice(index, index < 0 ? 0 : 1)[0]?.toolUseId;
  }
}
