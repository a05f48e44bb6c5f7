/** Figures of calls: overview, usage and events. */
import { z } from "zod";
import { USAGE_BY } from "../../call-index/types.ts";
import { time, usd } from "./common.ts";

const percentiles = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

export const totalsView = z.object({
  calls: z.number(),
  failed: z.number(),
  refused: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number(),
  cacheWriteInputTokens: z.number(),
  costUsd: usd,
  unpricedCalls: z.number(),
  firstByteMs: percentiles,
  totalMs: percentiles,
});
export type TotalsView = z.infer<typeof totalsView>;

export const pointView = totalsView.extend({ at: time });
export const usageRow = totalsView.extend({ name: z.string().nullable() });
const period = { since: time, until: time };

export const usageView = z.object({
  ...period,
  by: z.enum(USAGE_BY),
  totals: totalsView,
  rows: z.array(usageRow),
  intervalMs: z.number(),
  series: z.array(pointView),
});
export type UsageView = z.infer<typeof usageView>;

export const sessionView = z.object({
  delegation: z.string(),
  client: z.string(),
  /** Null for base credentials that don't expire. */
  expiresAt: time.nullable(),
});

export const eventView = z.object({
  id: z.string(),
  at: time,
  type: z.string(),
  subject: z.string(),
  message: z.string(),
});
export type EventView = z.infer<typeof eventView>;

export const overviewView = z.object({
  ...period,
  totals: totalsView,
  before: totalsView,
  intervalMs: z.number(),
  series: z.array(pointView),
  clients: z.array(usageRow),
  models: z.array(usageRow),
  delegations: z.array(usageRow),
  outcomes: z.array(z.object({ outcome: z.string(), calls: z.number() })),
  errors: z.array(z.object({ error: z.string(), calls: z.number() })),
  /** AWS sessions in memory, in the order of their expiry. */
  sessions: z.array(sessionView),
  running: z.number().describe("Calls in progress."),
  states: z.object({
    pending: z.number(),
    active: z.number(),
    suspended: z.number(),
    revoked: z.number(),
  }),
  /** Milliseconds by which the index may lag behind the audit log; null while the log is first read. */
  behindMs: z.number().nullable(),
});
export type OverviewView = z.infer<typeof overviewView>;
