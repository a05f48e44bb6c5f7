/** Converse's content blocks: their shapes, and what a model sees of them. Source: bedrock-runtime's service model. */
import { z } from "zod";
import type { Media } from "./turn.ts";

const MAX_IMAGE_BYTES = 3_750_000;
const MAX_DOCUMENT_BYTES = 4_500_000;
const MAX_RECORDING_BYTES = 25_000_000;

const sourceSchema = (limit: number) =>
  z.union([
    z.strictObject({
      bytes: z.base64().refine((text) => text !== "" && Buffer.byteLength(text, "base64") <= limit),
    }),
    z.strictObject({
      s3Location: z.strictObject({ uri: z.string().startsWith("s3://"), bucketOwner: z.string().optional() }),
    }),
  ]);

const texts = z.array(z.strictObject({ text: z.string() })).min(1);
const citations = z.strictObject({ enabled: z.boolean() }).optional();

const image = z.strictObject({
  format: z.enum(["png", "jpeg", "gif", "webp"]),
  source: sourceSchema(MAX_IMAGE_BYTES),
});

const document = z.strictObject({
  format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]).optional(),
  // Alphanumerics, single spaces, hyphens, parentheses and square brackets.
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[a-zA-Z0-9()[\]-]+( [a-zA-Z0-9()[\]-]+)*$/),
  source: z.union([
    sourceSchema(MAX_DOCUMENT_BYTES),
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({ content: texts }),
  ]),
  context: z.string().optional(),
  citations,
});

const video = z.strictObject({
  format: z.enum(["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"]),
  source: sourceSchema(MAX_RECORDING_BYTES),
});

const AUDIO_FORMATS = "mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm".split(" ");
const audio = z.strictObject({
  format: z.enum(AUDIO_FORMATS),
  source: sourceSchema(MAX_RECORDING_BYTES),
});

const searchResult = z.strictObject({ source: z.string(), title: z.string(), content: texts, citations });

const toolUseId = z.string().regex(/^[a-zA-Z0-9_.:-]{1,64}$/);
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
export const json = z.record(z.string(), z.unknown());
export const cachePoint = z.strictObject({
  type: z.literal("default"),
  ttl: z.enum(["5m", "1h"]).optional(),
});
export const guardContent = z.union([
  z.strictObject({
    text: z.strictObject({
      text: z.string(),
      qualifiers: z.array(z.enum(["grounding_source", "query", "guard_content"])).optional(),
    }),
  }),
  z.strictObject({
    image: z.strictObject({ format: z.enum(["png", "jpeg"]), source: sourceSchema(MAX_IMAGE_BYTES) }),
  }),
]);

const toolResultContent = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ json }),
  z.strictObject({ image }),
  z.strictObject({ document }),
  z.strictObject({ video }),
  z.strictObject({ searchResult }),
]);

export const contentBlock = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ image }),
  z.strictObject({ document }),
  z.strictObject({ video }),
  z.strictObject({ audio }),
  z.strictObject({ searchResult }),
  z.strictObject({ toolUse: z.strictObject({ toolUseId, name: toolName, input: json }) }),
  z.strictObject({
    toolResult: z.strictObject({
      toolUseId,
      content: z.array(toolResultContent),
      status: z.enum(["success", "error"]).optional(),
    }),
  }),
  z.strictObject({ guardContent }),
  z.strictObject({ cachePoint }),
  z.strictObject({ citationsContent: z.looseObject({ content: texts.optional() }) }),
  z.strictObject({
    reasoningContent: z.union([
      z.strictObject({
        reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }),
      }),
      z.strictObject({ redactedContent: z.base64() }),
    ]),
  }),
]);

export type ContentBlock = z.infer<typeof contentBlock>;
type ToolResultContent = z.infer<typeof toolResultContent>;

/** All text of a block, in any role. */
export function textOf(block: ContentBlock): string {
  if ("text" in block) return block.text;
  if ("guardContent" in block) return "text" in block.guardContent ? block.guardContent.text.text : "";
  if ("searchResult" in block) return joined(block.searchResult.content);
  if ("citationsContent" in block) return joined(block.citationsContent.content ?? []);
  return "toolResult" in block ? block.toolResult.content.map(resultTextOf).join(" ") : "";
}

function resultTextOf(part: ToolResultContent): string {
  if ("text" in part) return part.text;
  if ("searchResult" in part) return joined(part.searchResult.content);
  return "json" in part ? JSON.stringify(part.json) : "";
}

function joined(parts: { text: string }[]): string {
  return parts.map(({ text }) => text).join(" ");
}

/** The files in a block; a tool's result can have several. */
export function mediaOf(block: ContentBlock | ToolResultContent): Media[] {
  if ("toolResult" in block) return block.toolResult.content.flatMap(mediaOf);
  if ("image" in block)
    return [{ kind: "image", format: block.image.format, bytes: sizeOf(block.image.source) }];
  if ("video" in block)
    return [{ kind: "video", format: block.video.format, bytes: sizeOf(block.video.source) }];
  if ("audio" in block)
    return [{ kind: "audio", format: block.audio.format, bytes: sizeOf(block.audio.source) }];
  if (!("document" in block)) return [];
  const { format = "txt", source } = block.document;
  return [{ kind: "document", format, bytes: sizeOf(source) }];
}

function sizeOf(source: z.infer<typeof document>["source"]): number {
  if ("bytes" in source) return Buffer.byteLength(source.bytes, "base64");
  if ("text" in source) return Buffer.byteLength(source.text);
  return "content" in source ? Buffer.byteLength(joined(source.content)) : 0;
}
