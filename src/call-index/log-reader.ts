/** Reads the audit log from where an index of it ends, and detects a log that isn't the indexed one. */
import fs from "node:fs";
import { readLines } from "../audit/lines.ts";
import { parseRecord } from "../audit/records.ts";
import type { StoredRecord } from "../audit/records.ts";
import { listSegments } from "../audit/segments.ts";
import type { Chain, Segment } from "../audit/segments.ts";

/** How far the log has been read. */
export interface Place {
  /** Number of the first record of the current segment. */
  segment: number;
  /** Bytes read of it. */
  offset: number;
  /** Number of the last record; 0 before the first. */
  record: number;
  /** The hash at the end of the last line read; empty if that line wasn't a record. */
  hash: string;
}

export interface Batch {
  /** The chain's name. */
  chain: string;
  records: StoredRecord[];
  /** After the records. */
  place: Place;
}

/** What was read earlier no longer exists or has changed. */
export class OtherLogError extends Error {
  constructor() {
    super("this audit log is not the one that was indexed");
    this.name = "OtherLogError";
  }
}

/** The place before the first record. */
export const BEGINNING: Place = { segment: 0, offset: 0, record: 0, hash: "" };

/**
 * Yields the chain's records after `place` until the log's current end. Damaged lines are skipped. Throws OtherLogError
 * if the place isn't in this log, and the system's error if a file can't be read.
 */
export async function* readChain({ name, dir }: Chain, start: Place): AsyncGenerator<Batch> {
  let place = start;
  let segment = segmentOf(segmentsIn(dir, place), place);
  for (;;) {
    // Looked up before the read, so that everything written before the next segment began is read.
    const next = segmentsIn(dir, place).find(({ first }) => first > (segment?.first ?? 0));
    if (segment) {
      for await (const batch of readSegment(segment, place)) {
        place = batch.place;
        yield { chain: name, ...batch };
      }
    }
    if (!next) return;
    segment = next;
  }
}

/** A folder that doesn't exist yet is an empty log; one that has disappeared is an error. */
function segmentsIn(dir: string, { record }: Place): Segment[] {
  if (record === 0 && !fs.existsSync(dir)) return [];
  return listSegments(dir);
}

/** The segment to continue with: the place's own, or the next one if that and all before it have been removed. */
function segmentOf(segments: Segment[], { segment, record }: Place): Segment | undefined {
  if (record === 0) return segments[0];
  const own = segments.find(({ first }) => first === segment);
  if (own) return own;
  const [oldest] = segments;
  if (!oldest || oldest.first <= record) throw new OtherLogError();
  return oldest;
}

async function* readSegment(segment: Segment, start: Place): AsyncGenerator<Omit<Batch, "chain">> {
  const resumed = segment.first === start.segment;
  const position = { offset: resumed ? start.offset : 0, line: 0 };
  if (resumed && (await isRead(segment, start))) return;
  let { record } = start;
  for await (const lines of readLines(segment.path, position)) {
    const records: StoredRecord[] = [];
    let last: StoredRecord | undefined;
    for (const { text } of lines) {
      last = recordIn(text);
      if (!last || last.seq <= record) continue;
      record = last.seq;
      records.push(last);
    }
    const place = { segment: segment.first, offset: position.offset, record, hash: last?.hash ?? "" };
    yield { records, place };
  }
}

function recordIn(text: string): StoredRecord | undefined {
  const record = parseRecord(text) as Partial<StoredRecord> | null | undefined;
  const whole = Number.isSafeInteger(record?.seq) && typeof record?.hash === "string";
  return whole ? (record as StoredRecord) : undefined;
}

/** Whether there is nothing new. Throws OtherLogError if the last line read no longer exists. */
async function isRead(segment: Segment, { offset, hash }: Place): Promise<boolean> {
  const handle = await fs.promises.open(segment.path, "r");
  try {
    const { size } = await handle.stat();
    if (size < offset) throw new OtherLogError();
    const tail = `${hash}"}\n`;
    const bytes = Buffer.alloc(tail.length);
    if (hash !== "" && offset >= tail.length) await handle.read(bytes, 0, bytes.length, offset - tail.length);
    if (hash !== "" && bytes.toString("latin1") !== tail) throw new OtherLogError();
    return size === offset;
  } finally {
    await handle.close();
  }
}
