/** The changes in the log: who created, suspended or revoked what, and when. */
import type { ChangeFields } from "./records.ts";
import { fromTime, scanRecords } from "./scan.ts";

export interface RecordedChange extends ChangeFields {
  /** Numbers of its records in the chain: more than one if a crash caused it to be recorded again. */
  records: number[];
}

export interface ChangeFilter {
  /** Epoch milliseconds, by the time of the change. */
  since?: number;
  /** `delegation/acme`. */
  subject?: string;
}

/** Yields the changes in the order of the log, each once. Rejects with the system's error if a file can't be read. */
export async function* readChanges(dir: string, filter: ChangeFilter = {}): AsyncGenerator<RecordedChange> {
  const from = filter.since === undefined ? {} : { from: fromTime(filter.since) };
  const known = new Map<string, RecordedChange>();
  for await (const { record } of scanRecords(dir, { containing: '"type":"change"', ...from })) {
    if (record.type !== "change") continue;
    const { seq, hash: _hash, time: _time, type: _type, ...fields } = record;
    const twin = known.get(fields.id);
    if (twin) twin.records.push(seq);
    else known.set(fields.id, { ...fields, records: [seq] });
  }
  for (const change of known.values()) if (matches(change, filter)) yield change;
}

function matches(change: RecordedChange, { since, subject }: ChangeFilter): boolean {
  if (since !== undefined && Date.parse(change.at) < since) return false;
  return subject === undefined || change.subject === subject;
}
