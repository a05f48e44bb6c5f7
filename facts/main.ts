/**
 * `npm run facts`: makes the tables of this folder from the pinned packages, and shows where those differ.
 * `npm run facts -- --check [--json]`: shows what the newest packages would change; exit status 1 if anything,
 * 2 if a package can't be had.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { differences } from "./compare.ts";
import type { Difference } from "./form.ts";
import { withPackages } from "./packages.ts";
import { TABLES } from "./tables.ts";
import { text } from "./text.ts";

const { values } = parseArgs({ options: { check: { type: "boolean" }, json: { type: "boolean" } } });
const file = (name: string) => path.join(import.meta.dirname, name);

try {
  if (values.check === true) check();
  else write();
} catch (error) {
  process.stderr.write(`facts: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

function write(): void {
  withPackages("pinned", (packages) => {
    for (const { name, make } of TABLES) {
      const table = make(packages);
      const made = text(table);
      writeFileSync(file(name), made);
      print(`${name}: ${made.length.toLocaleString("en")} characters`);
      if ("differences" in table) printDifferences(table.differences as Difference[]);
    }
  });
}

/** Where the packages differ, and what was taken. */
function printDifferences(all: readonly Difference[]): void {
  for (const { about, field, values: said, choice, why } of all) {
    const sides = said.map(({ source, value }) => `${source} ${JSON.stringify(value)}`);
    print(`  ${about}, ${field}: ${sides.join(" | ")}; taken: ${JSON.stringify(choice)} (${why})`);
  }
}

function check(): void {
  const changes = withPackages("newest", (packages) =>
    TABLES.flatMap(({ name, make }) =>
      differences(JSON.parse(readFileSync(file(name), "utf8")), JSON.parse(text(make(packages)))).map(
        (change) => ({
          table: name,
          ...change,
        }),
      ),
    ),
  );
  if (values.json === true) print(JSON.stringify(changes, null, 2));
  else if (changes.length === 0) print("The newest packages change nothing.");
  else for (const { table, at, change } of changes) print(`${table}: ${at}: ${change}`);
  if (changes.length > 0) process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
