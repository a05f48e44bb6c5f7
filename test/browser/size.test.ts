/** What a browser loads before it shows anything. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const DIST = path.resolve(import.meta.dirname, "../../console/dist");

it("the console's first load is at most 200 KB compressed", () => {
  const html = readFileSync(path.join(DIST, "index.html"), "utf8");
  const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file = ""]) => file);
  expect(loaded.length).toBeGreaterThan(2);
  const bytes = ["/index.html", ...loaded].reduce(
    (sum, file) => sum + gzipSync(readFileSync(path.join(DIST, file))).length,
    0,
  );
  expect(bytes).toBeLessThan(200_000);
  expect(html).not.toMatch(/https?:\/\//);
});
