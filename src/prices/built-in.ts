/**
 * On-demand prices as AWS publishes them, for the models that Signet's makers looked up on the table's date. They
 * change; `prices.file` overrides them, and what isn't here is unknown.
 */
import type { PriceEntry, PriceTable } from "./price.ts";

const SOURCE = "https://aws.amazon.com/bedrock/pricing/";

const price = (
  model: string,
  input: number,
  output: number,
  cache: { read?: number; write?: number } = {},
): PriceEntry => ({
  model,
  input,
  output,
  ...(cache.read === undefined ? {} : { cacheRead: cache.read }),
  ...(cache.write === undefined ? {} : { cacheWrite: cache.write }),
  source: SOURCE,
});

/** Claude's cache: reads at a tenth of input, writes (five minutes) at five quarters. */
const claude = (model: string, input: number, output: number): PriceEntry =>
  price(model, input, output, { read: round(input * 0.1), write: round(input * 1.25) });

/** From 4.5 on, the global profile costs less by a tenth than regional and geographic ones. */
const claudeByProfile = (name: string, input: number, output: number): PriceEntry[] => [
  claude(`global.anthropic.${name}*`, input, output),
  claude(`*anthropic.${name}*`, round(input * 1.1), round(output * 1.1)),
];

function round(dollars: number): number {
  return Number(dollars.toFixed(4));
}

export const BUILT_IN: PriceTable = {
  version: "2026-11-01",
  entries: [
    ...claudeByProfile("claude-opus-4-5", 5, 25),
    ...claudeByProfile("claude-sonnet-4-5", 3, 15),
    ...claudeByProfile("claude-haiku-4-5", 1, 5),
    claude("*anthropic.claude-opus-4-1*", 15, 75),
    claude("*anthropic.claude-opus-4-2025*", 15, 75),
    claude("*anthropic.claude-sonnet-4-2025*", 3, 15),
    claude("*anthropic.claude-3-7-sonnet*", 3, 15),
    price("*anthropic.claude-3-5-sonnet-20241022*", 3, 15, { read: 0.3, write: 3.75 }),
    price("*anthropic.claude-3-5-sonnet-20240620*", 3, 15),
    claude("*anthropic.claude-3-5-haiku*", 0.8, 4),
    price("*anthropic.claude-3-haiku*", 0.25, 1.25),
    price("*anthropic.claude-3-opus*", 15, 75),
    price("*amazon.nova-micro*", 0.035, 0.14, { read: 0.00875 }),
    price("*amazon.nova-lite*", 0.06, 0.24, { read: 0.015 }),
    price("*amazon.nova-pro*", 0.8, 3.2, { read: 0.2 }),
    price("*amazon.nova-premier*", 2.5, 12.5),
    price("*amazon.titan-embed-text-v2*", 0.02, 0),
    price("*amazon.titan-embed-text-v1*", 0.1, 0),
    price("*cohere.embed-english-v3*", 0.1, 0),
    price("*cohere.embed-multilingual-v3*", 0.1, 0),
    price("*meta.llama3-3-70b*", 0.72, 0.72),
    price("*meta.llama3-1-8b*", 0.22, 0.22),
    price("*meta.llama3-1-70b*", 0.72, 0.72),
    price("*openai.gpt-oss-120b*", 0.15, 0.6),
    price("*openai.gpt-oss-20b*", 0.07, 0.3),
    price("*deepseek.r1*", 1.35, 5.4),
    price("*mistral.mistral-large-2407*", 2, 6),
  ],
};
