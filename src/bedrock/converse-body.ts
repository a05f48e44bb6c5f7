/**
 * A Converse request as JSON. Media is copied unchanged, since base64 needs no escaping: JSON.stringify would scan its
 * megabytes, into a string that is then copied again.
 */
import { randomUUID } from "node:crypto";
import type { ContentBlock, ConverseRequest, ToolResultContent } from "./converse.ts";

/** Minimum number of characters for which a separate copy pays off. */
const LARGE = 64 * 1024;
/** Placeholder for media that no caller can guess. */
const PLACE = randomUUID();

interface Source {
  bytes: string;
}

export function converseBody(request: ConverseRequest): Buffer {
  const sources: Source[] = [];
  for (const { content } of request.messages) addLarge(content, sources);
  if (sources.length === 0) return Buffer.from(JSON.stringify(request));
  const media = sources.map(({ bytes }) => bytes);
  for (const source of sources) source.bytes = PLACE;
  const parts = JSON.stringify(request).split(PLACE);
  sources.forEach((source, n) => (source.bytes = media[n] ?? ""));
  return joined(parts, media);
}

function addLarge(blocks: readonly (ContentBlock | ToolResultContent)[], sources: Source[]): void {
  for (const block of blocks) {
    if ("toolResult" in block) addLarge(block.toolResult.content, sources);
    const source = sourceOf(block);
    if (source && source.bytes.length >= LARGE) sources.push(source);
  }
}

function sourceOf(block: ContentBlock | ToolResultContent): Source | undefined {
  if ("image" in block) return block.image.source;
  if ("document" in block) return block.document.source;
  return "video" in block ? block.video.source : undefined;
}

/** Each part and the text between it and the next. */
function joined(parts: readonly string[], media: readonly string[]): Buffer {
  const size = [...parts, ...media].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const body = Buffer.allocUnsafe(size);
  let end = 0;
  parts.forEach((part, n) => {
    end += body.write(part, end);
    end += body.write(media[n] ?? "", end, "latin1");
  });
  return body;
}
