import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { ROWS } from "./assurance/rows.ts";

it("the threat model has a line for each tested row, and no others", () => {
  const text = readFileSync(path.resolve(import.meta.dirname, "../docs/threat-model.md"), "utf8");
  const documented = [...text.matchAll(/^\| ([TF]\d+) /gm)].map(([, id]) => id);
  expect(documented).toEqual(ROWS.map(({ id }) => id));
});
