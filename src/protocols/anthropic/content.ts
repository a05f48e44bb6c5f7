/** Anthropic's content blocks as Converse's. */
import type {
  CachePointBlock,
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  TextBlock,
  ToolResultContent,
  VideoBlock,
} from "../../bedrock/converse.ts";
import { documentName, mediaBlock } from "../../bedrock/media.ts";
import { plainToolUseId, type ToolNames } from "../../bedrock/tool-names.ts";
import {
  absent,
  checkFields,
  flag,
  invalid,
  list,
  object,
  oneOf,
  optional,
  text,
  unsupported,
  type Json,
} from "../fields.ts";
import { DOCUMENT, IMAGE, REDACTED, TEXT, THINKING, TOOL_RESULT, TOOL_USE } from "./support.ts";

type Media = TextBlock | ImageBlock | DocumentBlock | VideoBlock;

const MEDIA = ["text", "image", "document"] as const;
const BLOCKS = [...MEDIA, "tool_use", "tool_result", "thinking", "redacted_thinking"] as const;
const TTLS = ["5m", "1h"] as const;

/** A message's content: a string, or blocks. */
export function readContent(value: unknown, path: string, tools: ToolNames): ContentBlock[] {
  if (typeof value === "string") return [{ text: value }];
  return list(value, path).flatMap((each, i) => {
    const at = `${path}.${i}`;
    const json = object(each, at);
    return [blockOf(json, at, tools), ...cachePointOf(json, at)];
  });
}

/** System text: a string, or blocks of text. */
export function readSystem(value: unknown, path: string): (TextBlock | CachePointBlock)[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [{ text: value }];
  return list(value, path).flatMap((each, i) => {
    const at = `${path}.${i}`;
    const json = object(each, at);
    oneOf(json["type"], `${at}.type`, ["text"]);
    const block = textOf(json, at);
    return block.text.trim() === "" ? [] : [block, ...cachePointOf(json, at)];
  });
}

/** A mark at a block's end: what stands before it, and the block itself, is cached. */
export function cachePointOf(json: Json, path: string): CachePointBlock[] {
  if (absent(json["cache_control"])) return [];
  const at = `${path}.cache_control`;
  const control = object(json["cache_control"], at);
  oneOf(control["type"], `${at}.type`, ["ephemeral"]);
  const ttl = optional(control["ttl"], `${at}.ttl`, (v, p) => oneOf(v, p, TTLS));
  return [{ cachePoint: { type: "default", ...(ttl && { ttl }) } }];
}

function blockOf(json: Json, path: string, tools: ToolNames): ContentBlock {
  const type = blockType(json, path);
  switch (type) {
    case "text":
    case "image":
    case "document":
      return mediaOf(json, path, type);
    case "tool_use": {
      checkFields(json, TOOL_USE, path);
      const toolUseId = plainToolUseId(text(json["id"], `${path}.id`));
      const name = tools.plain(text(json["name"], `${path}.name`));
      return { toolUse: { toolUseId, name, input: object(json["input"], `${path}.input`) } };
    }
    case "tool_result":
      return toolResultOf(json, path);
    case "thinking": {
      checkFields(json, THINKING, path);
      const signature = optional(json["signature"], `${path}.signature`, text);
      const reasoningText = {
        text: text(json["thinking"], `${path}.thinking`),
        ...(signature !== undefined && signature !== "" && { signature }),
      };
      return { reasoningContent: { reasoningText } };
    }
    case "redacted_thinking":
      checkFields(json, REDACTED, path);
      return { reasoningContent: { redactedContent: text(json["data"], `${path}.data`) } };
    default: {
      const _: never = type;
      return _;
    }
  }
}

function blockType(json: Json, path: string): (typeof BLOCKS)[number] {
  const type = text(json["type"], `${path}.type`);
  const known = BLOCKS.find((each) => each === type);
  if (known === undefined) throw unsupported(`${path}.type`, `Converse has no counterpart for such blocks.`);
  return known;
}

function mediaOf(json: Json, path: string, type: (typeof MEDIA)[number]): Media {
  switch (type) {
    case "text":
      return textOf(json, path);
    case "image":
      checkFields(json, IMAGE, path);
      return mediaFrom(base64Source(json, path), `${path}.source.data`);
    case "document":
      checkFields(json, DOCUMENT, path);
      return documentOf(json, path);
    default: {
      const _: never = type;
      return _;
    }
  }
}

function textOf(json: Json, path: string): TextBlock {
  checkFields(json, TEXT, path);
  return { text: text(json["text"], `${path}.text`) };
}

interface Source {
  mimeType: string;
  base64: string;
}

/** Base64 only: nothing is fetched, no files are kept. */
function base64Source(json: Json, path: string): Source {
  const source = object(json["source"], `${path}.source`);
  if (source["type"] === "url" || source["type"] === "file")
    throw unsupported(`${path}.source.type`, "nothing is fetched: send the data as base64.");
  oneOf(source["type"], `${path}.source.type`, ["base64"]);
  return {
    mimeType: text(source["media_type"], `${path}.source.media_type`),
    base64: text(source["data"], `${path}.source.data`),
  };
}

function mediaFrom(source: Source, path: string, name?: string): Exclude<Media, TextBlock> {
  const block = mediaBlock({ ...source, ...(name !== undefined && { name }) });
  if ("problem" in block) throw invalid(path, block.problem);
  return block;
}

function documentOf(json: Json, path: string): Media {
  const title = optional(json["title"], `${path}.title`, text);
  const context = optional(json["context"], `${path}.context`, text);
  const source = object(json["source"], `${path}.source`);
  const words = plainText(source, `${path}.source`);
  if (words === undefined) {
    const block = mediaFrom(base64Source(json, path), `${path}.source.data`, title);
    return "document" in block && context ? { document: { ...block.document, context } } : block;
  }
  const bytes = Buffer.from(words).toString("base64");
  const document = { format: "txt" as const, name: documentName(title), source: { bytes } };
  return { document: { ...document, ...(context && { context }) } };
}

/** The words of a document that was given as text; undefined for other sources. */
function plainText(source: Json, path: string): string | undefined {
  if (source["type"] === "text") return text(source["data"], `${path}.data`);
  if (source["type"] !== "content") return undefined;
  const { content } = source;
  if (typeof content === "string") return content;
  const blocks = list(content, `${path}.content`).map((each, i) => {
    const at = `${path}.content.${i}`;
    const json = object(each, at);
    if (json["type"] !== "text") throw unsupported(`${at}.type`, "a document's content is text here.");
    return text(json["text"], `${at}.text`);
  });
  return blocks.join("\n");
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
  const blocks: Media[] =
    typeof value === "string"
      ? [{ text: value }]
      : list(value, path).map((each, i) => {
          const json = object(each, `${path}.${i}`);
          return mediaOf(json, `${path}.${i}`, oneOf(json["type"], `${path}.${i}.type`, MEDIA));
        });
  return blocks.filter((block) => !("text" in block) || block.text.trim() !== "");
}
