/** How far the chain is signed, according to the folder. Proves nothing: see verify.ts. */
import fs from "node:fs";
import { parseCheckpoint } from "./checkpoint.ts";
import { checkpointsPath } from "./segments.ts";

/** Several times the longest line of the file. */
const TAIL = 16 * 1024;

export interface LatestCheckpoint {
  /** Number of the last record that it covers. */
  record: number;
  /** ISO 8601, UTC. */
  time: string;
  keyId: string;
}

/** The latest saved checkpoint; undefined if none exists. Throws the system's error if it can't be read. */
export function latestCheckpoint(dir: string): LatestCheckpoint | undefined {
  const file = checkpointsPath(dir);
  if (!fs.existsSync(file)) return undefined;
  const lines = tailOf(file).trimEnd().split("\n");
  for (const line of lines.toReversed()) {
    const found = parseCheckpoint(line);
    if (found) return { record: found.record, time: found.time, keyId: found.keyId };
  }
  return undefined;
}

function tailOf(file: string): string {
  const handle = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, TAIL));
    fs.readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8");
  } finally {
    fs.closeSync(handle);
  }
}
