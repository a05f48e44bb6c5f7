/**
 * docs/protocols.md: what becomes of each feature and field. The table of features is found by asking the readers
 * themselves; the lists of fields are the tables that they refuse by. `UPDATE_DOCS=1 npx vitest run
 * test/protocols-doc.test.ts` rewrites them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SUPPORT as ANTHROPIC } from "../src/protocols/anthropic/support.ts";
import type { Support, SupportTable } from "../src/protocols/fields.ts";
import { SUPPORT as GEMINI } from "../src/protocols/gemini/support.ts";
import { SUPPORT as RESPONSES } from "../src/protocols/openai/responses/support.ts";
import { SUPPORT as OPENAI } from "../src/protocols/openai/support.ts";
import { COLUMNS, FEATURES } from "./support/features.ts";

const FILE = new URL("../docs/protocols.md", import.meta.url);

function section(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = [text.slice(0, text.indexOf(open) + open.length), text.slice(text.indexOf(close))];
  expect(text, `docs/protocols.md has the marks of ${name}`).toContain(open);
  return `${before}\n\n${content}\n\n${rest}`;
}

/** One cell a column; padded as the formatter pads. */
function featureTable(): string {
  const rows = FEATURES.map(({ feature, ask }) => [feature, ...COLUMNS.map(({ name }) => ask[name]())]);
  const all = [["feature", ...COLUMNS.map(({ title }) => title)], ...rows];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function fieldLists(tables: Record<string, SupportTable>): string {
  return Object.entries(tables)
    .map(([title, table]) => `**${title}**\n\n${fieldList(table)}`)
    .join("\n\n");
}

function fieldList(table: SupportTable): string {
  const fields = Object.entries(table);
  const plain = (kind: Support) =>
    fields.filter(([, support]) => support === kind).map(([name]) => `\`${name}\``);
  const lines = [
    ["mapped", plain("mapped")],
    ["passed", plain("passed")],
    [
      "ignored",
      fields.flatMap(([name, s]) =>
        typeof s === "object" && "ignored" in s ? [`\`${name}\` (${why(s.ignored)})`] : [],
      ),
    ],
    [
      "refused",
      fields.flatMap(([name, s]) => (typeof s === "object" && "refused" in s ? [refusal(name, s)] : [])),
    ],
  ] as const;
  return lines
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `- ${kind}: ${names.join(", ")}`)
    .join("\n");
}

function refusal(
  name: string,
  { refused, harmless = [] }: { refused: string; harmless?: readonly unknown[] },
): string {
  const unless =
    harmless.length === 0
      ? ""
      : `; \`${harmless.map((value) => JSON.stringify(value)).join("`, `")}\` passes`;
  return `\`${name}\` (${why(refused)}${unless})`;
}

function why(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

function documented(text: string): string {
  let wanted = section(text, "features", featureTable());
  wanted = section(wanted, "chat", fieldLists(OPENAI));
  wanted = section(wanted, "responses", fieldLists(RESPONSES));
  wanted = section(wanted, "anthropic", fieldLists(ANTHROPIC));
  return section(wanted, "gemini", fieldLists(GEMINI));
}

it("docs/protocols.md says what the code does", () => {
  if (process.env["UPDATE_DOCS"]) writeFileSync(FILE, documented(readFileSync(FILE, "utf8")));
  const written = readFileSync(FILE, "utf8");
  expect(written).toBe(documented(written));
});
