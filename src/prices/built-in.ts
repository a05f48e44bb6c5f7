/**
 * On-demand prices of AWS's commercial regions, at the table's date. They change; `prices.file` overrides them. What
 * isn't here is unknown: other tiers, GovCloud, and models whose price AWS has changed with their age.
 */
import type { PriceEntry, PriceTable } from "./price.ts";

const SOURCE = "https://aws.amazon.com/bedrock/pricing/";

const US = ["us-east-*", "us-west-*"];
/** Without GovCloud and China, whose prices differ. */
const COMMERCIAL = [...US, "af-*", "ap-*", "ca-*", "eu-*", "il-*", "me-*", "mx-*", "sa-*"];

/** The same in all commercial regions. Claude's cache: reads at a tenth of input, writes (five minutes) at five quarters. */
const claude = (model: string, input: number, output: number): PriceEntry => ({
  model,
  regions: COMMERCIAL,
  input,
  output,
  cacheRead: round(input * 0.1),
  cacheWrite: round(input * 1.25),
  source: SOURCE,
});

/** From 4.5 on, the global profile costs a tenth less than regional and geographic ones. */
const claudeByProfile = (name: string, input: number, output: number): PriceEntry[] => [
  claude(`global.anthropic.${name}*`, input, output),
  claude(`*anthropic.${name}*`, round(input * 1.1), round(output * 1.1)),
];

/** Prices of other vendors' models differ between continents: these are for the United States. */
const american = (
  model: string,
  input: number,
  output: number,
  cache: Partial<PriceEntry> = {},
): PriceEntry => ({
  model,
  regions: US,
  input,
  output,
  ...cache,
  source: SOURCE,
});

/** Nova's cache: reads at a quarter of input, writes at input. */
const nova = (model: string, input: number, output: number): PriceEntry =>
  american(model, input, output, { cacheRead: round(input / 4), cacheWrite: input });

function round(dollars: number): number {
  return Number(dollars.toFixed(5));
}

export const BUILT_IN: PriceTable = {
  version: "2026-11-01",
  entries: [
    ...claudeByProfile("claude-opus-4-7", 5, 25),
    ...claudeByProfile("claude-opus-4-6", 5, 25),
    ...claudeByProfile("claude-opus-4-5", 5, 25),
    ...claudeByProfile("claude-sonnet-4-6", 3, 15),
    ...claudeByProfile("claude-sonnet-4-5", 3, 15),
    ...claudeByProfile("claude-haiku-4-5", 1, 5),
    claude("*anthropic.claude-opus-4-1-*", 15, 75),
    claude("*anthropic.claude-opus-4-2025*", 15, 75),
    claude("*anthropic.claude-sonnet-4-2025*", 3, 15),
    claude("*anthropic.claude-3-5-haiku-*", 0.8, 4),
    claude("*anthropic.claude-3-haiku-*", 0.25, 1.25),
    nova("*amazon.nova-micro-v1*", 0.035, 0.14),
    nova("*amazon.nova-lite-v1*", 0.06, 0.24),
    nova("*amazon.nova-pro-v1*", 0.8, 3.2),
    nova("*amazon.nova-premier-v1*", 2.5, 12.5),
    american("amazon.titan-embed-text-v2*", 0.02, 0),
    american("amazon.titan-embed-text-v1*", 0.1, 0),
    american("cohere.embed-english-v3*", 0.1, 0),
    american("cohere.embed-multilingual-v3*", 0.1, 0),
    american("*meta.llama3-1-8b-*", 0.22, 0.22),
    american("*meta.llama3-1-70b-*", 0.72, 0.72),
    american("*meta.llama3-2-1b-*", 0.1, 0.1),
    american("*meta.llama3-2-3b-*", 0.15, 0.15),
    american("*meta.llama3-2-11b-*", 0.16, 0.16),
    american("*meta.llama3-2-90b-*", 0.72, 0.72),
    american("*meta.llama3-3-70b-*", 0.72, 0.72),
    american("*meta.llama4-scout-*", 0.17, 0.66),
    american("*meta.llama4-maverick-*", 0.24, 0.97),
    american("*mistral.pixtral-large-2502-*", 2, 6),
    american("mistral.mistral-large-2407-*", 2, 6),
    american("openai.gpt-oss-120b-*", 0.15, 0.6),
    american("openai.gpt-oss-20b-*", 0.07, 0.3),
    american("*deepseek.r1-*", 1.35, 5.4),
  ],
};
