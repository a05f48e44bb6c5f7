/** Calls, changes and the state of the chain, as in the audit log. */
import { z } from "zod";
import { callView } from "./call.ts";

export const changeView = z.object({
  id: z.string(),
  at: z.string().describe("ISO 8601."),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()),
  reason: z.string().exactOptional(),
  records: z.array(z.number()),
});
export type ChangeView = z.infer<typeof changeView>;

export const auditStateView = z.object({
  available: z.boolean().describe("Whether calls can be recorded."),
  records: z.number().describe("Written since startup."),
  open: z.number().describe("Calls with an intent but no outcome yet."),
  chains: z.array(
    z.object({
      name: z.string(),
      segments: z.number(),
      /** Number of the last record that a signed checkpoint covers, and when it was signed. */
      signed: z.object({ record: z.number(), time: z.string(), keyId: z.string() }).nullable(),
    }),
  ),
});

export const verdictView = z.object({
  ok: z.boolean(),
  chains: z.array(
    z.object({
      name: z.string(),
      records: z.number(),
      segments: z.number(),
      checkpoints: z.number(),
      last: z.number(),
      signed: z.number(),
    }),
  ),
  problems: z.array(
    z.object({
      kind: z.enum(["malformed", "edited", "missing", "misplaced", "truncated", "checkpoint"]),
      file: z.string(),
      line: z.number(),
      seq: z.number(),
      message: z.string(),
    }),
  ),
});
export type VerdictView = z.infer<typeof verdictView>;

const recordView: z.ZodType<{ seq: number; type: string; time: string; hash: string }> = z.looseObject({
  seq: z.number(),
  type: z.string(),
  time: z.string(),
  hash: z.string(),
});

/** One call's details, with its records as in the log. */
export const storyView = z.object({ call: callView, records: z.array(recordView) });
