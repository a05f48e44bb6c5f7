/** Parts of messages that Chat Completions and Responses share: images, files, a call's arguments. */
import type { DocumentBlock, ImageBlock, JsonObject, TextBlock, VideoBlock } from "../../bedrock/converse.ts";
import { mediaBlock, readDataUrl, type Media } from "../../bedrock/media.ts";
import { parseJson } from "../../core/json.ts";
import { invalid, isObject, optional, text, unsupported, type Json } from "../fields.ts";

export type Part = TextBlock | ImageBlock | DocumentBlock | VideoBlock;

export function readImage(url: unknown, path: string): Part {
  const media = readDataUrl(text(url, path));
  if (!media) throw unsupported(path, "nothing is fetched: send the image as data:image/png;base64,…");
  return mediaPart(media, path);
}

/** `{filename, file_data}` */
export function readFile(json: Json, path: string): Part {
  const name = optional(json["filename"], `${path}.filename`, text);
  const at = `${path}.file_data`;
  const media = readDataUrl(text(json["file_data"], at));
  if (!media) throw invalid(at, "it must be a data URL such as data:application/pdf;base64,…");
  return mediaPart({ ...media, ...(name !== undefined && { name }) }, at);
}

function mediaPart(media: Media, path: string): Part {
  const block = mediaBlock(media);
  if ("problem" in block) throw invalid(path, block.problem);
  return block;
}

/** A call's arguments: JSON as text. */
export function readArguments(value: unknown, path: string): JsonObject {
  const json = text(value, path);
  if (json.trim() === "") return {};
  let input: unknown;
  try {
    input = parseJson(Buffer.from(json));
  } catch {
    throw invalid(path, "the arguments are not valid JSON.");
  }
  if (!isObject(input)) throw invalid(path, "the arguments are not a JSON object.");
  return input;
}
