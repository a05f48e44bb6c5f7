/** What a model sees of Converse's content blocks. */
import type { ContentBlock, ToolResultContent } from "./inputs.ts";
import type { Media } from "./turn.ts";

/** All text of a block, in any role. */
export function textOf(block: ContentBlock): string {
  if (block.text !== undefined) return block.text;
  if (block.guardContent !== undefined) return block.guardContent.text?.text ?? "";
  if (block.searchResult !== undefined) return joined(block.searchResult.content);
  if (block.citationsContent !== undefined) return joined(block.citationsContent.content ?? []);
  return block.toolResult?.content.map(resultTextOf).join(" ") ?? "";
}

function resultTextOf(part: ToolResultContent): string {
  if (part.text !== undefined) return part.text;
  if (part.searchResult !== undefined) return joined(part.searchResult.content);
  return part.json === undefined ? "" : JSON.stringify(part.json);
}

function joined(parts: { text?: string }[]): string {
  return parts.map(({ text = "" }) => text).join(" ");
}

/** The files in a block; a tool's result can have several. */
export function mediaOf(block: ContentBlock | ToolResultContent): Media[] {
  if ("toolResult" in block && block.toolResult !== undefined)
    return block.toolResult.content.flatMap(mediaOf);
  for (const kind of ["image", "video", "audio", "document"] as const) {
    const file = (block as Partial<Record<typeof kind, File>>)[kind];
    if (file !== undefined) return [{ kind, format: file.format ?? "txt", bytes: sizeOf(file.source) }];
  }
  return [];
}

interface File {
  format?: string;
  source: { bytes?: string; text?: string; content?: { text?: string }[] };
}

function sizeOf({ bytes, text, content }: File["source"]): number {
  if (bytes !== undefined) return Buffer.byteLength(bytes, "base64");
  return Buffer.byteLength(text ?? joined(content ?? []));
}
