/** Results of a delegation's probes. */
import { z } from "zod";
import { policy, time } from "./common.ts";

export const probeStatus = z.enum(["pass", "fail", "unknown"]);

export const probeView = z.object({
  probe: z.string(),
  title: z.string(),
  status: probeStatus,
  required: z.boolean(),
  sent: z.string().nullable(),
  answer: z.string(),
  cause: z.string().exactOptional(),
  fix: z
    .object({
      advice: z.string(),
      where: z.string(),
      policy: policy.exactOptional(),
      commands: z.array(z.string()),
    })
    .exactOptional(),
  milliseconds: z.number(),
});
export type ProbeView = z.infer<typeof probeView>;

export const verificationView = z.object({
  delegation: z.string(),
  scope: z.enum(["full", "enforcement"]),
  startedAt: time,
  finishedAt: time,
  verdict: probeStatus,
  unenforced: z.boolean(),
  probes: z.array(probeView),
  lifecycles: z
    .array(
      z.object({
        model: z.string().describe("Foundation model."),
        legacy: z.boolean(),
        legacyAt: time.exactOptional(),
        endsAt: time.exactOptional(),
      }),
    )
    .exactOptional()
    .describe("When models end, by the account's own ListFoundationModels, where that is granted."),
});
export type VerificationView = z.infer<typeof verificationView>;
