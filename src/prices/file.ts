/** The operator's own prices: a YAML or JSON file whose lines override the built-in ones. */
import { hash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { readText, yamlIn, type GivenSettings } from "../config/file.ts";
import { ConfigError, type ConfigProblem } from "../config/problems.ts";
import { BUILT_IN } from "./built-in.ts";
import type { PriceTable } from "./price.ts";

const dollars = z
  .number("must be US dollars for a million tokens")
  .min(0, "must not be negative")
  .max(1e6, "must be US dollars for a million tokens, so at most 1000000");
const name = z
  .string("must be a string")
  .min(1, "must not be empty")
  .max(256, "must have at most 256 characters");
const OBJECT = "must have named members (`model: …`)";

const cached = {
  cacheRead: dollars.exactOptional(),
  cacheWrite: dollars.exactOptional(),
  cacheWrite1h: dollars.exactOptional(),
};
const rates = { input: dollars.exactOptional(), output: dollars.exactOptional(), ...cached };
const above = z
  .strictObject(
    { tokens: z.int("must be a number of tokens").min(1, "must be a number of tokens"), ...rates },
    OBJECT,
  )
  .refine(
    (line) => Object.keys(line).length > 1,
    `must have at least one of ${Object.keys(rates).join(", ")}`,
  );
const thresholds = z
  .array(above, "must be a list")
  .max(10, "must have at most 10 lines")
  .refine((lines) => new Set(lines.map(({ tokens }) => tokens)).size === lines.length, {
    message: "has two lines for the same number of tokens",
  })
  .transform((lines) => lines.toSorted((a, b) => a.tokens - b.tokens));
const line = z.strictObject(
  {
    model: name,
    regions: z.array(name, "must be a list").min(1, "must name a region").exactOptional(),
    tier: name.exactOptional(),
    input: dollars,
    output: dollars,
    ...cached,
    above: thresholds.exactOptional(),
  },
  OBJECT,
);
const form = z.strictObject({
  prices: z.array(line, "must be a list of prices").max(10_000, "must have at most 10000 lines"),
});

/** The built-in table, preceded by the file's lines if there is a file. Throws ConfigError with every problem. */
export function loadPrices(file: string | undefined): PriceTable {
  if (file === undefined) return BUILT_IN;
  const text = readText(file, file);
  const source = path.basename(file);
  const { content, placeOf } = yamlIn(text, source);
  const parsed = form.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problemOf(issue, placeOf));
    throw new ConfigError(problems);
  }
  return {
    version: `${BUILT_IN.version}+${source}@${hash("sha256", text, "hex").slice(0, 8)}`,
    entries: [...parsed.data.prices.map((entry) => ({ ...entry, source })), ...BUILT_IN.entries],
  };
}

function problemOf(issue: z.core.$ZodIssue, placeOf: GivenSettings["placeOf"]): ConfigProblem {
  const at = issue.path.map(String).join(".");
  const found = { where: placeOf(issue.path), ...(at !== "" && { path: at }) };
  if (issue.code === "unrecognized_keys")
    return { ...found, message: `${issue.keys.join(", ")}: no such member` };
  return { ...found, message: issue.message.endsWith("received undefined") ? "is missing" : issue.message };
}
