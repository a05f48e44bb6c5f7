/** Anthropic's content blocks as Converse's. */
import type { CachePointBlock, ContentBlock, TextBlock, ToolResultContent } from "../../bedrock/converse.ts";
import { cachePoint } from "../../bedrock/converse-request.ts";
import { standardBase64 } from "../../bedrock/media.ts";
import { plainToolUseId, type ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  flag,
  invalid,
  isObject,
  list,
  object,
  objects,
  oneOf,
  optional,
  text,
  type Json,
} from "../fields.ts";
import { kindOf } from "../kinds.ts";
import { documentOf, imageOf, textOf } from "./media.ts";
import {
  BLOCK_TYPES,
  CACHE_CONTROL,
  REDACTED,
  RESULT_TYPES,
  THINKING,
  TOOL_RESULT,
  TOOL_USE,
} from "./support.ts";

const TTLS = ["5m", "1h"] as const;

/** A message's content: a string, or blocks. */
export function readContent(value: unknown, path: string, tools: ToolNames): ContentBlock[] {
  if (typeof value === "string") return [{ text: value }];
  return objects(value, path).flatMap((each) => [
    blockOf(each.json, each.path, tools),
    ...marksOf(each.json, each.path),
  ]);
}

/** System text: a string, or blocks of text. */
export function readSystem(value: unknown, path: string): (TextBlock | CachePointBlock)[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [{ text: value }];
  return objects(value, path).flatMap(({ json, path: at }) => {
    oneOf(json["type"], `${at}.type`, ["text"]);
    const block = textOf(json, at);
    const marks = marksOf(json, at);
    return block.text.trim() === "" ? [] : [block, ...marks];
  });
}

/** A mark at the end of the cached prefix, which includes the block itself. */
export function cachePointOf(control: unknown, path: string): CachePointBlock[] {
  if (absent(control)) return [];
  const json = object(control, path);
  checkFields(json, CACHE_CONTROL, path);
  oneOf(json["type"], `${path}.type`, ["ephemeral"]);
  const ttl = optional(json["ttl"], `${path}.ttl`, (v, p) => oneOf(v, p, TTLS));
  return [cachePoint(ttl)];
}

/** Converse has no marks within a block: such a mark is moved after it. */
function marksOf(json: Json, path: string): CachePointBlock[] {
  const inner = innerBlocks(json, path).flatMap((each) => marksOf(each.json, each.path));
  return [...inner, ...cachePointOf(json["cache_control"], `${path}.cache_control`)].slice(-1);
}

function innerBlocks({ type, content, source }: Json, path: string): { json: Json; path: string }[] {
  if (type === "tool_result" && Array.isArray(content)) return objects(content, `${path}.content`);
  if (type === "document" && isObject(source) && Array.isArray(source["content"]))
    return objects(source["content"], `${path}.source.content`);
  return [];
}

function blockOf(json: Json, path: string, tools: ToolNames): ContentBlock {
  switch (kindOf(json["type"], `${path}.type`, BLOCK_TYPES)) {
    case "text":
      return textOf(json, path);
    case "image":
      return imageOf(json, path);
    case "document":
      return documentOf(json, path);
    case "tool_use": {
      checkFields(json, TOOL_USE, path);
      const toolUseId = plainToolUseId(text(json["id"], `${path}.id`));
      const name = tools.plain(text(json["name"], `${path}.name`));
      return { toolUse: { toolUseId, name, input: object(json["input"], `${path}.input`) } };
    }
    case "tool_result":
      return toolResultOf(json, path);
    case "thinking":
      return thinkingOf(json, path);
    default:
      return redactedOf(json, path);
  }
}

/** The reasoning of a model that signs nothing has an empty signature. */
function thinkingOf(json: Json, path: string): ContentBlock {
  checkFields(json, THINKING, path);
  const thinking = text(json["thinking"], `${path}.thinking`);
  const signature = optional(json["signature"], `${path}.signature`, text) ?? "";
  return { reasoningContent: { reasoningText: { text: thinking, ...(signature !== "" && { signature }) } } };
}

function redactedOf(json: Json, path: string): ContentBlock {
  checkFields(json, REDACTED, path);
  const redactedContent = standardBase64(text(json["data"], `${path}.data`));
  if (redactedContent === undefined) throw invalid(`${path}.data`, "it is not base64.");
  return { reasoningContent: { redactedContent } };
}

function toolResultOf(json: Json, path: string): ContentBlock {
  checkFields(json, TOOL_RESULT, path);
  const toolUseId = plainToolUseId(text(json["tool_use_id"], `${path}.tool_use_id`));
  const failed = optional(json["is_error"], `${path}.is_error`, flag) ?? false;
  const content = resultContent(json["content"], `${path}.content`);
  return { toolResult: { toolUseId, content, ...(failed && { status: "error" as const }) } };
}

/** Blank text says nothing, and Converse refuses it. */
function resultContent(value: unknown, path: string): ToolResultContent[] {
  if (absent(value)) return [];
  const blocks: ToolResultContent[] =
    typeof value === "string"
      ? [{ text: value }]
      : list(value, path).map((each, i) => resultBlock(object(each, `${path}.${i}`), `${path}.${i}`));
  return blocks.filter((block) => !("text" in block) || block.text.trim() !== "");
}

function resultBlock(json: Json, path: string): ToolResultContent {
  switch (kindOf(json["type"], `${path}.type`, RESULT_TYPES)) {
    case "text":
      return textOf(json, path);
    case "image":
      return imageOf(json, path);
    default:
      return documentOf(json, path);
  }
}
