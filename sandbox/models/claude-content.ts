/** Messages and content blocks of Anthropic's Messages format: their shapes, and what a model sees of them. */
import { z } from "zod";
import type { Media } from "../bedrock/turn.ts";

const source = z.looseObject({
  type: z.enum(["base64", "url", "file", "text", "content"]),
  media_type: z.string().optional(),
  data: z.string().optional(),
});

export const text = z.looseObject({ type: z.literal("text"), text: z.string() });
const image = z.looseObject({
  type: z.literal("image"),
  source: source.extend({ type: z.enum(["base64", "url", "file"]) }),
});
const document = z.looseObject({ type: z.literal("document"), source });

/** Parts of a tool's result: text, images, documents, search results. */
const resultPart = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  source: z.unknown().optional(),
});

export const contentBlock = z.discriminatedUnion("type", [
  text,
  image,
  document,
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(resultPart)]).optional(),
  }),
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.looseObject({ type: z.literal("search_result") }),
  z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

export type ClaudeBlock = z.infer<typeof contentBlock>;

export interface ClaudeMessage {
  role: "user" | "assistant";
  content: ClaudeBlock[];
}

export function textOf(block: ClaudeBlock): string {
  if (block.type === "text") return block.text;
  if (block.type !== "tool_result") return "";
  const { content = "" } = block;
  return typeof content === "string" ? content : content.map((each) => each.text ?? "").join(" ");
}

/** The files in a block; a tool's result can have several. */
export function mediaOf(block: ClaudeBlock): Media[] {
  if (block.type !== "tool_result") return fileOf(block);
  return typeof block.content === "object" ? block.content.flatMap(fileOf) : [];
}

function fileOf(block: { type: string }): Media[] {
  const file = z.union([image, document]).safeParse(block);
  if (!file.success) return [];
  const { type, source: from } = file.data;
  const { data = "", media_type: mediaType = "text/plain" } = from;
  const bytes = Buffer.byteLength(data, from.type === "base64" ? "base64" : "utf8");
  return [{ kind: type, format: formatOf(mediaType), bytes }];
}

/** Converse's name for a media type: `png`, `pdf`, `txt`. */
function formatOf(mediaType: string): string {
  return mediaType === "text/plain" ? "txt" : mediaType.slice(mediaType.indexOf("/") + 1);
}
