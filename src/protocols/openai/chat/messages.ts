/** Chat Completions' messages as Converse's. */
import { conversationOf } from "../../../bedrock/conversation.ts";
import type {
  CachePointBlock,
  ContentBlock,
  ConverseRequest,
  Message,
  ReasoningBlock,
} from "../../../bedrock/converse.ts";
import { cachePoint } from "../../../bedrock/converse-request.ts";
import { plainToolUseId, type ToolNames } from "../../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  invalid,
  list,
  object,
  objects,
  oneOf,
  optional,
  text,
  unsupported,
  type Json,
} from "../../fields.ts";
import { cacheTtl as ttlOf, type CacheTtl } from "../options.ts";
import { readArguments, readFile, readImage, type Part } from "../parts.ts";
import { ASSISTANT_MESSAGE, CONTENT_PART, FILE, IMAGE_URL, TOOL_MESSAGE, USER_MESSAGE } from "../support.ts";

const TTLS = ["5m", "1h"] as const;
const ROLES = ["system", "developer", "user", "assistant", "tool"] as const;

type Conversation = Pick<ConverseRequest, "messages" | "system">;

export interface Names {
  tools: ToolNames;
  /** How long a marked prefix is cached if its own mark doesn't say. */
  cacheTtl: CacheTtl;
}

/** System messages, wherever they are, come before the conversation, in order. */
export function readMessages(value: unknown, names: Names): Conversation {
  const system: NonNullable<ConverseRequest["system"]> = [];
  const messages: Message[] = [];
  for (const { json, path } of objects(value, "messages")) {
    const role = oneOf(json["role"], `${path}.role`, ROLES);
    switch (role) {
      case "system":
      case "developer":
        checkFields(json, USER_MESSAGE, path);
        system.push(...systemBlocks(json, path, names));
        break;
      case "user":
        checkFields(json, USER_MESSAGE, path);
        messages.push({ role: "user", content: contentOf(json["content"], `${path}.content`, names) });
        break;
      case "assistant":
        checkFields(json, ASSISTANT_MESSAGE, path);
        messages.push({ role: "assistant", content: assistantContent(json, path, names) });
        break;
      case "tool":
        checkFields(json, TOOL_MESSAGE, path);
        messages.push({ role: "user", content: toolResult(json, path, names) });
        break;
      default: {
        const _: never = role;
        return _;
      }
    }
  }
  const conversation = conversationOf(messages);
  if (conversation.length === 0) throw invalid("messages", "no message has any content.");
  return { messages: conversation, ...(system.length > 0 && { system }) };
}

function systemBlocks(json: Json, path: string, names: Names): NonNullable<ConverseRequest["system"]> {
  const blocks: NonNullable<ConverseRequest["system"]> = [];
  for (const block of contentOf(json["content"], `${path}.content`, names)) {
    if ("cachePoint" in block) blocks.push(block);
    else if (!("text" in block)) throw unsupported(`${path}.content`, "system messages are text.");
    else if (block.text.trim() !== "") blocks.push(block);
  }
  return blocks;
}

/** A string, or parts. */
function contentOf(value: unknown, path: string, names: Names): (Part | CachePointBlock)[] {
  if (typeof value === "string") return [{ text: value }];
  return list(value, path).flatMap((part, i) => {
    const at = `${path}.${i}`;
    const json = object(part, at);
    checkFields(json, CONTENT_PART, at);
    return [partOf(json, at), ...cachePointOf(json, at, names)];
  });
}

function partOf(json: Json, path: string): Part {
  const type = oneOf(json["type"], `${path}.type`, ["text", "image_url", "file", "refusal"]);
  switch (type) {
    case "text":
      return { text: text(json["text"], `${path}.text`) };
    case "refusal":
      return { text: text(json["refusal"], `${path}.refusal`) };
    case "image_url":
      return imageOf(object(json["image_url"], `${path}.image_url`), `${path}.image_url`);
    case "file":
      return fileOf(object(json["file"], `${path}.file`), `${path}.file`);
    default: {
      const _: never = type;
      return _;
    }
  }
}

function imageOf(json: Json, path: string): Part {
  checkFields(json, IMAGE_URL, path);
  return readImage(json["url"], `${path}.url`);
}

function fileOf(json: Json, path: string): Part {
  checkFields(json, FILE, path);
  return readFile(json, path);
}

/**
 * The end of a prefix to cache: OpenAI's `prompt_cache_breakpoint`, or Anthropic's `cache_control`, which other
 * gateways accept here.
 */
export function cachePointOf(
  json: Json,
  path: string,
  { cacheTtl }: Pick<Names, "cacheTtl">,
): CachePointBlock[] {
  const { prompt_cache_breakpoint: breakpoint, cache_control: control } = json;
  if (!absent(breakpoint)) {
    const at = `${path}.prompt_cache_breakpoint`;
    return [cachePoint(optional(object(breakpoint, at)["ttl"], `${at}.ttl`, ttlOf) ?? cacheTtl)];
  }
  if (absent(control)) return [];
  const at = `${path}.cache_control`;
  const ttl = optional(object(control, at)["ttl"], `${at}.ttl`, (v, p) => oneOf(v, p, TTLS));
  return [cachePoint(ttl ?? cacheTtl)];
}

function assistantContent(json: Json, path: string, names: Names): ContentBlock[] {
  const { content, refusal, reasoning_details: details, tool_calls: calls } = json;
  return [
    ...(absent(details) ? [] : reasoningOf(details, `${path}.reasoning_details`)),
    ...(absent(content) ? [] : contentOf(content, `${path}.content`, names)),
    ...(absent(refusal) ? [] : [{ text: text(refusal, `${path}.refusal`) }]),
    ...(absent(calls) ? [] : toolUses(calls, `${path}.tool_calls`, names)),
  ];
}

/** The reasoning of an answer, as Signet returned it. */
function reasoningOf(value: unknown, path: string): ReasoningBlock[] {
  return objects(value, path).map(({ json, path: at }) => {
    const type = oneOf(json["type"], `${at}.type`, ["reasoning.text", "reasoning.encrypted"]);
    if (type === "reasoning.encrypted") {
      return { reasoningContent: { redactedContent: text(json["data"], `${at}.data`) } };
    }
    const signature = optional(json["signature"], `${at}.signature`, text);
    const reasoningText = {
      text: text(json["text"], `${at}.text`),
      ...(signature !== undefined && { signature }),
    };
    return { reasoningContent: { reasoningText } };
  });
}

function toolUses(value: unknown, path: string, { tools }: Names): ContentBlock[] {
  return objects(value, path).map(({ json, path: at }) => {
    oneOf(json["type"] ?? "function", `${at}.type`, ["function"]);
    const called = object(json["function"], `${at}.function`);
    const id = text(json["id"], `${at}.id`);
    const name = text(called["name"], `${at}.function.name`);
    const input = readArguments(called["arguments"], `${at}.function.arguments`);
    return { toolUse: { toolUseId: plainToolUseId(id), name: tools.plain(name), input } };
  });
}

function toolResult(json: Json, path: string, names: Names): ContentBlock[] {
  const toolUseId = plainToolUseId(text(json["tool_call_id"], `${path}.tool_call_id`));
  const blocks = contentOf(json["content"], `${path}.content`, names);
  const content = blocks.flatMap((block) =>
    "cachePoint" in block || ("text" in block && block.text.trim() === "") ? [] : [block],
  );
  return [{ toolResult: { toolUseId, content } }, ...blocks.filter((block) => "cachePoint" in block)];
}
