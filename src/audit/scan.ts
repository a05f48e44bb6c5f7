/** Reads the log's records in order, across segments, and can go on as the writer does. It proves nothing: see verify.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { readLines } from "./lines.ts";
import { parseRecord } from "./records.ts";
import type { StoredRecord } from "./records.ts";
import { listSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

const POLL_MS = 200;

export interface ScanOptions {
  /** Leave out segments before the one that begins with this record. */
  from?: number;
  /** Only lines that hold this text are parsed. */
  containing?: string;
  /** Wait for more at the end, until aborted. */
  follow?: AbortSignal;
  /** Called each time the log's present end is reached. */
  onEnd?: () => void;
}

/** Yields the log's records. Lines that can't be read are left out. Rejects with the system's error. */
export async function* scanRecords(dir: string, options: ScanOptions = {}): AsyncGenerator<StoredRecord> {
  let segment = listSegments(dir).find(({ first }) => first >= (options.from ?? 0));
  let position = { offset: 0, line: 0 };
  for (;;) {
    // Looked up before the read: what was written before the next segment began is then surely read.
    const next = listSegments(dir).find(({ first }) => first > (segment?.first ?? 0));
    if (segment) yield* recordsIn(segment, position, options.containing);
    if (next) {
      segment = next;
      position = { offset: 0, line: 0 };
      continue;
    }
    options.onEnd?.();
    if (!options.follow || !(await pause(options.follow))) return;
  }
}

async function* recordsIn(
  segment: Segment,
  position: { offset: number; line: number },
  containing: string | undefined,
): AsyncGenerator<StoredRecord> {
  for await (const lines of readLines(segment.path, position)) {
    for (const { text } of lines) {
      const record = containing === undefined || text.includes(containing) ? parseRecord(text) : undefined;
      if (record) yield record;
    }
  }
}

/** Waits for the next look; false once aborted. */
async function pause(signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(POLL_MS, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/** The last segment that began at or before `time` (epoch milliseconds), or the first. */
export async function firstSegmentFor(segments: Segment[], time: number): Promise<Segment | undefined> {
  for (const segment of segments.toReversed()) {
    const head = await firstRecord(segment);
    if (head && Date.parse(head.time) <= time) return segment;
  }
  return segments[0];
}

async function firstRecord(segment: Segment): Promise<StoredRecord | undefined> {
  for await (const record of recordsIn(segment, { offset: 0, line: 0 }, undefined)) return record;
  return undefined;
}
