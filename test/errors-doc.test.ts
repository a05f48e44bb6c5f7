import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ERRORS } from "../src/core/errors.ts";

it("docs/errors.md lists exactly the errors in the code, with their status and type", () => {
  const text = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm)];
  const documented = Object.fromEntries(
    rows.map(([, code = "", status, type]) => [code, { status: Number(status), type }]),
  );
  expect(documented).toEqual(ERRORS);
  for (const [, code, , , cause = "", fix = ""] of rows) {
    expect(cause.length, `cause of ${code}`).toBeGreaterThan(10);
    expect(fix.length, `fix of ${code}`).toBeGreaterThan(10);
  }
});
