/** The running Signet and its configuration. */
import { z } from "zod";
import { time } from "./common.ts";

export const settingsView = z.object({
  version: z.string(),
  /** The endpoint that callers configure. */
  publicUrl: z.string(),
  /** Signet's own ARN, as trust policies name it; null if unknown. */
  principal: z.string().nullable(),
  region: z.string().nullable(),
  prices: z.string().describe("Version of the price table."),
  features: z.array(z.object({ name: z.string(), on: z.boolean(), detail: z.string() })),
  /** The effective configuration, setting by setting; no secrets. */
  settings: z.array(z.object({ path: z.string(), value: z.string().nullable(), origin: z.string() })),
});
export type SettingsView = z.infer<typeof settingsView>;

export const modelView = z.object({
  id: z.string().describe("Foundation model."),
  name: z.string(),
  vendor: z.string(),
  /** Its name in a grant for the region, e.g. `us.anthropic.claude-haiku-4-5-20251001-v1:0`. */
  pattern: z.string(),
  endsAt: time.exactOptional(),
});
export type ModelView = z.infer<typeof modelView>;
