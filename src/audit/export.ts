/** Calls as text for other programs: JSON, JSON lines, CSV. */
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
  yield csvRow(Object.keys(COLUMNS));
  for await (const call of calls) yield csvRow(Object.values(COLUMNS).map((cell) => cell(call)));
}

type Cell = string | number | null;

const COLUMNS: Record<string, (call: Call) => Cell> = {
  call: (c) => c.call,
  time: (c) => c.time,
  client: (c) => c.client,
  key: (c) => c.key,
  delegation: (c) => c.delegation,
  protocol: (c) => c.protocol,
  operation: (c) => c.operation,
  model: (c) => c.model,
  modelArn: (c) => c.modelArn,
  region: (c) => c.region,
  account: (c) => c.account,
  sessionName: (c) => c.sessionName,
  remote: (c) => c.remote,
  outcome: (c) => c.outcome,
  status: (c) => c.status,
  error: (c) => c.error,
  upstreamStatus: (c) => c.upstreamStatus,
  upstreamRequestId: (c) => c.upstreamRequestId,
  upstreamErrorType: (c) => c.upstreamErrorType,
  inputTokens: (c) => c.usage?.inputTokens ?? null,
  outputTokens: (c) => c.usage?.outputTokens ?? null,
  cacheReadInputTokens: (c) => c.usage?.cacheReadInputTokens ?? null,
  cacheWriteInputTokens: (c) => c.usage?.cacheWriteInputTokens ?? null,
  usageSource: (c) => c.usage?.source ?? null,
  costUsd: (c) => c.costUsd,
  prices: (c) => c.prices,
  firstByteMs: (c) => c.firstByteMs,
  totalMs: (c) => c.totalMs,
  requestBytes: (c) => c.requestBytes,
  responseBytes: (c) => c.responseBytes,
  attempts: (c) => c.attempts,
};

/** A record by RFC 4180. */
function csvRow(cells: Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Spreadsheets run cells that begin like formulas: text that does is given an apostrophe (OWASP, CSV injection). */
function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
