/** The format of results: aligned tables and lists for people, JSON for programs. */
import { stripVTControlCharacters, styleText } from "node:util";
import type { CliContext } from "./context.ts";

export function printJson(context: CliContext, value: unknown): void {
  context.out(JSON.stringify(value, null, 2));
}

/** Rows below a heading, columns aligned. */
export function printTable(
  context: CliContext,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = heading.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[at] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd();
  context.out(context.isTerminal ? styleText("bold", line(heading)) : line(heading));
  for (const row of rows) context.out(line(row));
}

/** Names and values, one pair per line. */
export function printFields(context: CliContext, fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) {
    const label = name.padEnd(width);
    context.out(`${context.isTerminal ? styleText("dim", label) : label}  ${value}`);
  }
}

const STATE_COLORS = {
  pending: "yellow",
  active: "green",
  suspended: "yellow",
  revoked: "red",
  expired: "red",
} as const;

export function stateText(context: CliContext, state: keyof typeof STATE_COLORS): string {
  return context.isTerminal ? styleText(STATE_COLORS[state], state) : state;
}

/** `2026-11-23 01:45:00Z`, or a dash. */
export function dateText(epochMs: number | undefined): string {
  if (epochMs === undefined) return "-";
  return `${new Date(epochMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The end of a command's help. */
export function example(...lines: string[]): string {
  return `\nExample:\n  ${lines.join("\n  ")}`;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
