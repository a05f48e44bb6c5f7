/** What this Signet is, and how it is set up. */
import { z } from "zod";

export const settingsView = z.object({
  version: z.string(),
  /** What callers put in as their endpoint. */
  publicUrl: z.string(),
  /** Signet's own ARN, as trust policies name it; null where it isn't known. */
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
  /** What a grant names in the region, e.g. `us.anthropic.claude-haiku-4-5*`. */
  pattern: z.string(),
});
export type ModelView = z.infer<typeof modelView>;
