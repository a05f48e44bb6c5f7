/** Reads a file of lines in batches from a position on, without ever yielding an incomplete line. */
import { isUtf8 } from "node:buffer";
import fs from "node:fs";

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

/** How far a file has been read: bytes and lines. Advances with each batch. */
export interface Position {
  offset: number;
  line: number;
}

export interface Line {
  text: string;
  /** Counted from 1. */
  number: number;
}

/**
 * Yields the complete lines after `position` and advances it past them. What remains between `position.offset` and the
 * end of the file is an incomplete line.
 */
export async function* readLines(file: string, position: Position): AsyncGenerator<Line[]> {
  const handle = await fs.promises.open(file, "r");
  try {
    let unfinished: Buffer[] = [];
    let at = position.offset;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      const chunk = buffer.subarray(0, bytesRead);
      if (!chunk.includes(NEWLINE)) {
        unfinished.push(chunk);
        continue;
      }
      const { lines, rest } = split(Buffer.concat([...unfinished, chunk]), position);
      unfinished = [rest];
      yield lines;
    }
  } finally {
    await handle.close();
  }
}

function split(bytes: Buffer, position: Position): { lines: Line[]; rest: Buffer } {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    position.line += 1;
    lines.push({ text: decode(bytes.subarray(start, end)), number: position.line });
    position.offset += end + 1 - start;
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start) };
}

/** Invalid UTF-8 must not decode to the text that was hashed, as it could with replacement characters. */
function decode(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "latin1");
}
