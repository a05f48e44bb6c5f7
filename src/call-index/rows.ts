/** Converts calls to rows of the index and back. */
import { CALL_COLUMNS, callOfCells, type Cell } from "../audit/call-record.ts";
import { chainName, workerOf } from "../audit/segments.ts";
import { CALL_FIELDS, ORIGIN_FIELDS } from "./columns.ts";
import type { Names } from "./dictionary.ts";
import type { Party } from "./parties.ts";
import type { IndexedCall } from "./types.ts";

/** The columns of `call`, in the order of its rows. */
export const ROW_COLUMNS = [
  "time",
  "record",
  "outcome_record",
  "party",
  "origin",
  "remote",
  ...CALL_FIELDS.map(({ column }) => column),
];

/** A row of `call`, by the table's columns. */
export type CallRow = Record<string, Cell>;

/** In the order of `ORIGIN_COLUMNS`. */
export function originOf(call: IndexedCall): Names {
  return ORIGIN_FIELDS.map((field) => field.of(call) as string | null);
}

/** More records than a chain will ever have, so that one number can hold the worker's and the record's. */
const CHAIN = 1e11;

/** Where the call's names are kept. */
export interface References {
  party: Party;
  origin: number;
  remote: number;
}

/** In the order of `ROW_COLUMNS`. */
export function rowOf(call: IndexedCall, { party, origin, remote }: References): Cell[] {
  const [record = 0, outcomeRecord = null] = call.records;
  const key = [Date.parse(call.time), workerOf(call.chain) * CHAIN + record, outcomeRecord];
  const cells = CALL_FIELDS.map((field) =>
    field.name === "model" && party.model === call.model ? null : field.of(call),
  );
  return [...key, party.id, origin, remote, ...cells];
}

/** A row with the names that it refers to. */
export interface Referred {
  party: Party;
  origin: Names;
  remote: string;
}

export function callOf(row: CallRow, { party, origin, remote }: Referred): IndexedCall {
  const { time, record, outcome_record: outcomeRecord } = row;
  const { client, delegation, key, model, outcome, error, upstreamError: upstreamErrorType } = party;
  const stored = CALL_FIELDS.map(({ name, column }) => [name, row[column] ?? null]);
  const cells: Record<string, Cell> = {
    ...Object.fromEntries(stored),
    ...Object.fromEntries(ORIGIN_FIELDS.map(({ name }, index) => [name, origin[index] ?? null])),
    client,
    delegation,
    key,
    outcome,
    error,
    upstreamErrorType,
    remote,
    time: new Date(Number(time)).toISOString(),
    chain: chainName(Math.floor(Number(record) / CHAIN)),
  };
  const records = [Number(record) % CHAIN, outcomeRecord].filter((number) => typeof number === "number");
  return callOfCells({ ...cells, model: cells["model"] ?? model }, records);
}

const REQUIRED = new Set(["call", "client", "key", "delegation", "outcome", "remote"]);

/** Whether the call has what the tables need: a line of the log may be JSON that Signet didn't write. */
export function isSound(call: IndexedCall): boolean {
  return (
    Number.isFinite(Date.parse(call.time)) &&
    call.records.every(Number.isSafeInteger) &&
    CALL_COLUMNS.every(({ name, type: { kind }, of }) => {
      const cell = of(call);
      if (cell === null) return !REQUIRED.has(name);
      if (kind === "text") return typeof cell === "string";
      return kind === "integer" ? Number.isSafeInteger(cell) : Number.isFinite(cell);
    })
  );
}
