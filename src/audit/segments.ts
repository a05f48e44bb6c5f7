/** The log's files: segments are named by their first record's number, so that names sort as records do. */
import fs from "node:fs";
import path from "node:path";

const SEGMENT = /^audit-([0-9]{20})\.jsonl$/;

export interface Segment {
  name: string;
  path: string;
  /** Number of its first record. */
  first: number;
}

export function segmentAt(dir: string, first: number): Segment {
  const name = `audit-${String(first).padStart(20, "0")}.jsonl`;
  return { name, path: path.join(dir, name), first };
}

/** The log's segments, oldest first. Throws the system's error where the folder can't be read. */
export function listSegments(dir: string): Segment[] {
  return fs
    .readdirSync(dir)
    .flatMap((name) => {
      const match = SEGMENT.exec(name);
      return match ? [{ name, path: path.join(dir, name), first: Number(match[1]) }] : [];
    })
    .toSorted((a, b) => a.first - b.first);
}

/** Every checkpoint once more, outside the segments: shows that a segment's end was cut off. */
export function checkpointsPath(dir: string): string {
  return path.join(dir, "checkpoints.jsonl");
}
