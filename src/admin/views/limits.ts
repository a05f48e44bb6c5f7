/** Limits, their usage, and prices. */
import { z } from "zod";
import { time, usd } from "./common.ts";

export const limitsView = z.object({
  requestsPerMinute: z.number().exactOptional(),
  tokensPerMinute: z.number().exactOptional(),
  concurrentCalls: z.number().exactOptional(),
  tokensPerDay: z.number().exactOptional(),
  tokensPerMonth: z.number().exactOptional(),
  costPerDay: usd.exactOptional(),
  costPerMonth: usd.exactOptional(),
  warnAtPercent: z.number().exactOptional(),
});

export const limitState = z.object({
  /** `requests-per-minute`, `tokens-per-month` … */
  limit: z.string(),
  max: z.number(),
  used: z.number(),
  reserved: z.number(),
  /** When the usage is back to zero; null for concurrent calls, and if nothing is used. */
  resetsAt: time.nullable(),
});

export const limitReport = z.object({
  scope: z.enum(["delegation", "client", "key"]),
  name: z.string(),
  limits: limitsView,
  state: z.array(limitState),
});
export type LimitReportView = z.infer<typeof limitReport>;

export const priceView = z.object({
  /** `*` matches any text, in regions as well. */
  model: z.string(),
  regions: z.array(z.string()),
  tier: z.string(),
  /** Applies to calls with more tokens of input than this; 0 for a price without a threshold. */
  above: z.number(),
  /** US dollars per million tokens; null if unknown. */
  input: z.number().nullable(),
  output: z.number().nullable(),
  cacheRead: z.number().nullable(),
  /** For five minutes, and for an hour. */
  cacheWrite: z.number().nullable(),
  cacheWrite1h: z.number().nullable(),
  /** Packages with their versions, or the name of the operator's file. */
  source: z.string(),
});
export type PriceRow = z.infer<typeof priceView>;
