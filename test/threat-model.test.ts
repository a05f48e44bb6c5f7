import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { ROWS } from "./assurance/rows.ts";

it("the threat model has a line for each row that is tried, and no other", () => {
  const text = readFileSync(path.resolve(import.meta.dirname, "../docs/threat-model.md"), "utf8");
  const told = [...text.matchAll(/^\| ([TF]\d+) /gm)].map(([, id]) => id);
  expect(told).toEqual(ROWS.map(({ id }) => id));
});
