/** The operator's own prices: a YAML or JSON file whose lines override the built-in ones. */
import { ExpectedError } from "../core/expected-error.ts";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { messageOf } from "../core/reason.ts";
import { BUILT_IN } from "./built-in.ts";
import type { PriceTable } from "./price.ts";

const dollars = z.number("must be US dollars for a million tokens").min(0, "must not be negative").max(1e6);
const text = z.string("must be a string").min(1, "must not be empty").max(256);

const cached = {
  cacheRead: dollars.exactOptional(),
  cacheWrite: dollars.exactOptional(),
  cacheWrite1h: dollars.exactOptional(),
};
const above = z.strictObject({
  tokens: z.int("must be a number of tokens").min(1, "must be a number of tokens"),
  input: dollars.exactOptional(),
  output: dollars.exactOptional(),
  ...cached,
});
const form = z.strictObject({
  prices: z
    .array(
      z.strictObject({
        model: text,
        regions: z.array(text, "must be a list").min(1, "must name a region").exactOptional(),
        tier: text.exactOptional(),
        input: dollars,
        output: dollars,
        ...cached,
        above: z.array(above, "must be a list").max(10).transform(rising).exactOptional(),
      }),
      "must be a list",
    )
    .max(10_000),
});

function rising(thresholds: z.infer<typeof above>[]): z.infer<typeof above>[] {
  return thresholds.toSorted((a, b) => a.tokens - b.tokens);
}

/** All problems of the file, a line each. */
export class PriceFileError extends ExpectedError {
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "PriceFileError";
  }
}

/** The built-in table, preceded by the file's lines if there is a file. Throws PriceFileError. */
export function loadPrices(file: string | undefined): PriceTable {
  if (file === undefined) return BUILT_IN;
  const name = path.basename(file);
  const content = read(file);
  const parsed = form.safeParse(yamlOf(content, name));
  if (!parsed.success)
    throw new PriceFileError(
      parsed.error.issues.map(
        ({ path: at, message }) => `${name}: ${at.map(String).join(".") || "file"}: ${message}`,
      ),
    );
  return {
    version: `${BUILT_IN.version}+${name}@${hash("sha256", content, "hex").slice(0, 8)}`,
    entries: [...parsed.data.prices.map((entry) => ({ ...entry, source: name })), ...BUILT_IN.entries],
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new PriceFileError([`${file}: can't be read: ${messageOf(error)}`]);
  }
}

function yamlOf(content: string, name: string): unknown {
  try {
    return parse(content) as unknown;
  } catch (error) {
    throw new PriceFileError([
      `${name}: is not YAML: ${error instanceof Error ? error.message.split("\n")[0] : ""}`,
    ]);
  }
}
