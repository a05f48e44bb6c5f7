/** Calls as text for other programs: JSON, JSON lines, CSV. */
import { CALL_COLUMNS, type Cell } from "./call-record.ts";
import type { Call } from "./calls.ts";

export const EXPORT_FORMATS = ["json", "jsonl", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Yields the export piece by piece; together they are one document. */
export function exportCalls(calls: AsyncIterable<Call>, format: ExportFormat): AsyncGenerator<string> {
  switch (format) {
    case "json":
      return jsonArray(calls);
    case "jsonl":
      return jsonLines(calls);
    case "csv":
      return csv(calls);
    default: {
      const unexpected: never = format;
      throw new Error(`unknown format ${String(unexpected)}`);
    }
  }
}

async function* jsonArray(calls: AsyncIterable<Call>): AsyncGenerator<string> {
  let before = "[\n";
  for await (const call of calls) {
    yield before + JSON.stringify(call);
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

async function* jsonLines(calls: AsyncIterable<Call>): AsyncGenerator<string> {
  for await (const call of calls) yield `${JSON.stringify(call)}\n`;
}

async function* csv(calls: AsyncIterable<Call>): AsyncGenerator<string> {
  const columns = CALL_COLUMNS.filter(({ noCsv }) => !noCsv);
  yield csvRow(columns.map(({ name }) => name));
  for await (const call of calls) yield csvRow(columns.map((column) => column.of(call)));
}

/** A record in RFC 4180 form. */
function csvRow(cells: Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Spreadsheets run cells that begin like formulas: such text is prefixed with an apostrophe (OWASP, CSV injection). */
function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
