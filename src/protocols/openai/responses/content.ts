/** The content of messages and of function outputs as Converse's blocks. */
import type { CachePointBlock } from "../../../bedrock/converse.ts";
import { cachePoint } from "../../../bedrock/converse-request.ts";
import { absent, checkFields, object, objects, oneOf, optional, text, type Json } from "../../fields.ts";
import { cacheTtl, type CacheTtl } from "../options.ts";
import { readFile, readImage, type Part } from "../parts.ts";
import {
  INPUT_FILE,
  INPUT_IMAGE,
  INPUT_TEXT,
  OUTPUT_TEXT,
  PROMPT_CACHE_BREAKPOINT,
  REFUSAL,
} from "./support.ts";

/** The types of parts allowed in a message of a role; a function's output takes those of a user. */
export const USER_PARTS = ["input_text", "input_image", "input_file"] as const;
export const ASSISTANT_PARTS = ["output_text", "refusal", "input_text"] as const;
export const SYSTEM_PARTS = ["input_text"] as const;
type PartType = (typeof USER_PARTS)[number] | (typeof ASSISTANT_PARTS)[number];

/** A string, or parts of these types. */
export function readContent(
  value: unknown,
  path: string,
  types: readonly PartType[],
  ttl: CacheTtl,
): (Part | CachePointBlock)[] {
  if (typeof value === "string") return [{ text: value }];
  return objects(value, path).flatMap(({ json, path: at }) => {
    const type = oneOf(json["type"], `${at}.type`, types);
    return [readPart(type, json, at), ...cachePointOf(json, at, ttl)];
  });
}

function readPart(type: PartType, json: Json, path: string): Part {
  switch (type) {
    case "input_text":
      checkFields(json, INPUT_TEXT, path);
      return { text: text(json["text"], `${path}.text`) };
    case "output_text":
      checkFields(json, OUTPUT_TEXT, path);
      return { text: text(json["text"], `${path}.text`) };
    case "refusal":
      checkFields(json, REFUSAL, path);
      return { text: text(json["refusal"], `${path}.refusal`) };
    case "input_image":
      checkFields(json, INPUT_IMAGE, path);
      return readImage(json["image_url"], `${path}.image_url`);
    case "input_file":
      checkFields(json, INPUT_FILE, path);
      return readFile(json, path);
    default: {
      const _: never = type;
      return _;
    }
  }
}

/** OpenAI's shortest lifetime of a cached prefix is half an hour: Bedrock's hour covers it. */
function cachePointOf(json: Json, path: string, ttl: CacheTtl): CachePointBlock[] {
  if (absent(json["prompt_cache_breakpoint"])) return [];
  const at = `${path}.prompt_cache_breakpoint`;
  const breakpoint = object(json["prompt_cache_breakpoint"], at);
  checkFields(breakpoint, PROMPT_CACHE_BREAKPOINT, at);
  optional(breakpoint["mode"], `${at}.mode`, (v, p) => oneOf(v, p, ["explicit"]));
  const own = optional(breakpoint["ttl"], `${at}.ttl`, cacheTtl) ?? ttl;
  return [cachePoint(own)];
}
