/**
 * Reads the log's records in order, across segments and chains, and can follow the writers. Proves nothing: see
 * verify.ts.
 */
import { pause, type Clock } from "../core/clock.ts";
import { readLines } from "./lines.ts";
import { parseRecord } from "./records.ts";
import type { StoredRecord } from "./records.ts";
import { chainsOf, listSegments } from "./segments.ts";
import type { Chain, Segment } from "./segments.ts";

const POLL_MS = 200;

export interface ScanOptions {
  /** For each chain: skip segments before the one that begins with this record. */
  from?: (chain: Chain) => number | Promise<number>;
  /** Parse only lines that contain this text. */
  containing?: string;
  /** Wait for more at the end, until aborted. */
  follow?: { signal: AbortSignal; clock: Clock };
  /** Called each time the log's current end is reached. */
  onEnd?: () => void;
}

/** A record, and the name of its chain. */
export interface Scanned {
  chain: string;
  record: StoredRecord;
}

/**
 * Yields the log's records, merging several chains by time. Unreadable lines are skipped. Rejects with the system's
 * error.
 */
export async function* scanRecords(dir: string, options: ScanOptions = {}): AsyncGenerator<Scanned> {
  const readers = new Map<string, () => AsyncGenerator<Scanned>>();
  for (;;) {
    for (const chain of chainsOf(dir))
      if (!readers.has(chain.name))
        readers.set(chain.name, readerOf(chain, (await options.from?.(chain)) ?? 0, options.containing));
    yield* byTime([...readers.values()].map((read) => read()));
    options.onEnd?.();
    if (!options.follow) return;
    const { signal, clock } = options.follow;
    await pause(clock, POLL_MS, { signal });
    if (signal.aborted) return;
  }
}

/** Each call of the returned function yields what was written since the previous call ended. */
function readerOf(chain: Chain, from: number, containing: string | undefined): () => AsyncGenerator<Scanned> {
  let segment: Segment | undefined;
  let position = { offset: 0, line: 0 };
  return async function* read() {
    segment ??= listSegments(chain.dir).find(({ first }) => first >= from);
    while (segment) {
      const { first, path } = segment;
      // Looked up before the read, so that everything written before the next segment began is read.
      const next = listSegments(chain.dir).find((other) => other.first > first);
      for await (const record of recordsIn(path, position, containing)) yield { chain: chain.name, record };
      if (!next) return;
      segment = next;
      position = { offset: 0, line: 0 };
    }
  };
}

/** Merges streams that are each in order of time. */
async function* byTime(streams: AsyncGenerator<Scanned>[]): AsyncGenerator<Scanned> {
  const [only] = streams;
  if (only && streams.length === 1) {
    yield* only;
    return;
  }
  const heads: { stream: AsyncGenerator<Scanned>; scanned: Scanned }[] = [];
  const advance = async (stream: AsyncGenerator<Scanned>) => {
    const { value, done } = await stream.next();
    if (done !== true) heads.push({ stream, scanned: value });
  };
  for (const stream of streams) await advance(stream);
  for (;;) {
    // ISO 8601 in one time zone sorts as text.
    const earliest = heads.toSorted((a, b) => (a.scanned.record.time < b.scanned.record.time ? -1 : 1))[0];
    if (!earliest) return;
    heads.splice(heads.indexOf(earliest), 1);
    yield earliest.scanned;
    await advance(earliest.stream);
  }
}

async function* recordsIn(
  file: string,
  position: { offset: number; line: number },
  containing: string | undefined,
): AsyncGenerator<StoredRecord> {
  for await (const lines of readLines(file, position)) {
    for (const { text } of lines) {
      const record = containing === undefined || text.includes(containing) ? parseRecord(text) : undefined;
      if (record) yield record;
    }
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

/** For `from`: the chain's records from that time on (epoch milliseconds), and some earlier ones. */
export function fromTime(time: number): (chain: Chain) => Promise<number> {
  return async ({ dir }) => (await firstSegmentFor(listSegments(dir), time))?.first ?? 0;
}

async function firstRecord(segment: Segment): Promise<StoredRecord | undefined> {
  for await (const record of recordsIn(segment.path, { offset: 0, line: 0 }, undefined)) return record;
  return undefined;
}
