/**
 * Where the index keeps each field of a call: recurring texts in `party` and `origin`, addresses in `remote`, and
 * everything else (the default for a new field) in a column of `call`.
 */
import { CALL_COLUMNS, type CallColumn } from "../audit/call-record.ts";

/** A field of a call that has a column of its own. */
interface StoredField extends CallColumn {
  column: string;
}

const ORIGIN = new Set([
  "protocol",
  "operation",
  "modelArn",
  "region",
  "account",
  "project",
  "sessionName",
  "usageSource",
  "prices",
]);
/** In `party`, in `remote`, or in the row's key. */
const ELSEWHERE = new Set([
  "client",
  "delegation",
  "key",
  "outcome",
  "error",
  "upstreamErrorType",
  "remote",
  "time",
  "chain",
]);

const fields: StoredField[] = CALL_COLUMNS.map((field) => ({
  ...field,
  column: field.name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** The columns of `origin`. */
export const ORIGIN_FIELDS = fields.filter(({ name }) => ORIGIN.has(name));
export const ORIGIN_COLUMNS = ORIGIN_FIELDS.map(({ column }) => column);

/** Columns of `call`. They include the model, for calls whose party has none. */
export const CALL_FIELDS = fields.filter(({ name }) => !ORIGIN.has(name) && !ELSEWHERE.has(name));

const SQL_TYPES = { text: "TEXT", integer: "INTEGER", number: "REAL", dollars: "REAL" } as const;

/** In the form of CREATE TABLE. */
export const CALL_DEFINITIONS = CALL_FIELDS.map(({ column, type: { kind } }) => {
  if (kind === "list" || kind === "object") throw new Error(`${column} can't be a column`);
  return `${column} ${SQL_TYPES[kind]}`;
});
