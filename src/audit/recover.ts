/**
 * Examines the folder at startup: where the chain ends, which calls never ended, and what a crash left incomplete.
 * Nothing that was ever acknowledged is removed, and nothing that looks tampered with is touched.
 */
import fs from "node:fs";
import type { KeyObject } from "node:crypto";
import { GENESIS, checkLine } from "./chain.ts";
import type { Link } from "./chain.ts";
import { checkpointLink } from "./checkpoint.ts";
import { readLines } from "./lines.ts";
import { parseRecord } from "./records.ts";
import type { StoredRecord } from "./records.ts";
import { checkpointsPath, listSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

export interface Recovered {
  /** The link of the last known record. */
  link: Link;
  /** The segment to continue; undefined if a new one must be started. */
  segment: Segment | undefined;
  /** Calls with an intent and no outcome. */
  open: Set<string>;
  tornBytes: number;
  damagedLines: number;
  /** Records that a signed checkpoint proves and the log no longer holds. */
  lostRecords: number;
}

/** Reads the last segment, and cuts off an incomplete final line. Throws the system's errors. */
export async function recover(dir: string, publicKey: KeyObject): Promise<Recovered> {
  const found = await readEnd(dir);
  const proven = await lastCheckpoint(dir, publicKey);
  const lostRecords = Math.max(0, proven.seq - found.link.seq);
  if (lostRecords > 0) return { ...found, link: proven, segment: undefined, lostRecords };
  return { ...found, lostRecords };
}

async function readEnd(dir: string): Promise<Omit<Recovered, "lostRecords">> {
  let tornBytes = 0;
  for (const segment of listSegments(dir).toReversed()) {
    const end = await readSegment(segment);
    tornBytes += end.tornBytes;
    // A crash while a segment was started leaves it without a complete line: the log ends in the previous one.
    if (end.lines === 0) {
      fs.rmSync(segment.path);
      continue;
    }
    if (end.tornBytes > 0) fs.truncateSync(segment.path, end.bytes);
    const { link, open, damagedLines } = end;
    if (damagedLines === 0) return { link, open, damagedLines, tornBytes, segment };
    // The next segment must not take this one's name, even if none of its numbers can be read.
    const past = { seq: Math.max(link.seq, segment.first), hash: link.hash };
    return { link: past, open, damagedLines, tornBytes, segment: undefined };
  }
  return { link: GENESIS, open: new Set(), damagedLines: 0, tornBytes, segment: undefined };
}

interface SegmentEnd {
  link: Link;
  open: Set<string>;
  lines: number;
  /** Length of the complete lines. */
  bytes: number;
  tornBytes: number;
  damagedLines: number;
}

async function readSegment(segment: Segment): Promise<SegmentEnd> {
  const { size } = fs.statSync(segment.path);
  const position = { offset: 0, line: 0 };
  const end: SegmentEnd = {
    link: { seq: segment.first - 1, hash: GENESIS.hash },
    open: new Set(),
    lines: 0,
    bytes: 0,
    tornBytes: 0,
    damagedLines: 0,
  };
  for await (const lines of readLines(segment.path, position)) {
    for (const { text } of lines) takeLine(end, text);
  }
  return { ...end, bytes: position.offset, tornBytes: size - position.offset };
}

function takeLine(end: SegmentEnd, text: string): void {
  const record = parseRecord(text);
  const previous = end.lines === 0 && record?.type === "open" ? record.previous : end.link.hash;
  const checked = checkLine(text, { seq: end.link.seq, hash: previous });
  end.lines += 1;
  if (checked.fault) end.damagedLines += 1;
  if (checked.link.seq > end.link.seq) end.link = checked.link;
  if (record && !checked.fault) follow(end.open, record);
}

/** Keeps track of which calls are open. */
function follow(open: Set<string>, record: StoredRecord): void {
  if (record.type === "open") for (const call of record.calls) open.add(call);
  if (record.type === "intent") open.add(record.call);
  if (record.type === "outcome") open.delete(record.call);
}

/** The link of the last checkpoint with a valid signature. An incomplete final line is cut off. */
async function lastCheckpoint(dir: string, publicKey: KeyObject): Promise<Link> {
  const file = checkpointsPath(dir);
  if (!fs.existsSync(file)) return GENESIS;
  const position = { offset: 0, line: 0 };
  let last = GENESIS;
  for await (const lines of readLines(file, position)) {
    for (const { text } of lines) last = checkpointLink(text, publicKey) ?? last;
  }
  fs.truncateSync(file, position.offset);
  return last;
}
