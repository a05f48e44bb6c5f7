/** Text, images and documents, with their data: nothing is fetched, and no files are stored. */
import type { DocumentBlock, ImageBlock, TextBlock } from "../../bedrock/converse.ts";
import { documentName, mediaBlock } from "../../bedrock/media.ts";
import { checkFields, invalid, object, objects, oneOf, optional, text, type Json } from "../fields.ts";
import { kindOf } from "../kinds.ts";
import {
  CONTENT_SOURCE,
  DATA_SOURCE,
  DOCUMENT,
  DOCUMENT_CONTENT_TYPES,
  DOCUMENT_SOURCE_TYPES,
  IMAGE,
  IMAGE_SOURCE_TYPES,
  TEXT,
} from "./support.ts";

export function textOf(json: Json, path: string): TextBlock {
  checkFields(json, TEXT, path);
  return { text: text(json["text"], `${path}.text`) };
}

export function imageOf(json: Json, path: string): ImageBlock {
  checkFields(json, IMAGE, path);
  const at = `${path}.source`;
  const source = object(json["source"], at);
  kindOf(source["type"], `${at}.type`, IMAGE_SOURCE_TYPES);
  const block = mediaBlock(dataOf(source, at));
  if ("problem" in block) throw invalid(at, block.problem);
  if (!("image" in block)) throw invalid(`${at}.media_type`, "this is not an image.");
  return block;
}

export function documentOf(json: Json, path: string): DocumentBlock {
  checkFields(json, DOCUMENT, path);
  const name = optional(json["title"], `${path}.title`, text);
  const context = optional(json["context"], `${path}.context`, text);
  const { document } = sourceOf(object(json["source"], `${path}.source`), `${path}.source`, name);
  return { document: { ...document, ...(context && { context }) } };
}

function sourceOf(source: Json, path: string, name: string | undefined): DocumentBlock {
  switch (kindOf(source["type"], `${path}.type`, DOCUMENT_SOURCE_TYPES)) {
    case "text": {
      checkFields(source, DATA_SOURCE, path);
      optional(source["media_type"], `${path}.media_type`, (v, p) => oneOf(v, p, ["text/plain"]));
      return plainDocument(text(source["data"], `${path}.data`), `${path}.data`, name);
    }
    case "content":
      checkFields(source, CONTENT_SOURCE, path);
      return plainDocument(wordsOf(source["content"], `${path}.content`), `${path}.content`, name);
    default: {
      const block = mediaBlock({ ...dataOf(source, path), ...(name !== undefined && { name }) });
      if ("problem" in block) throw invalid(path, block.problem);
      if (!("document" in block)) throw invalid(`${path}.media_type`, "this is not a document.");
      return block;
    }
  }
}

function dataOf(source: Json, path: string): { mimeType: string; base64: string } {
  checkFields(source, DATA_SOURCE, path);
  return {
    mimeType: text(source["media_type"], `${path}.media_type`),
    base64: text(source["data"], `${path}.data`),
  };
}

function plainDocument(words: string, path: string, name: string | undefined): DocumentBlock {
  if (words === "") throw invalid(path, "Bedrock takes no empty document.");
  const bytes = Buffer.from(words).toString("base64");
  return { document: { format: "txt", name: documentName(name), source: { bytes } } };
}

function wordsOf(content: unknown, path: string): string {
  if (typeof content === "string") return content;
  const blocks = objects(content, path).map(({ json, path: at }) => {
    kindOf(json["type"], `${at}.type`, DOCUMENT_CONTENT_TYPES);
    return textOf(json, at).text;
  });
  return blocks.join("\n");
}
