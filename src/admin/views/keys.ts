/** Keys in the admin API: a secret is only in the answer that issues it. */
import { z } from "zod";
import { time } from "./common.ts";
import { grantView } from "./delegations.ts";
import { limitsView } from "./limits.ts";

export const keyView = z.object({
  id: z.string(),
  kind: z.enum(["secret", "access-key-pair"]),
  /** Of an access-key pair. */
  accessKeyId: z.string().exactOptional(),
  state: z.enum(["active", "expired", "revoked"]),
  client: z.string(),
  delegation: z.string(),
  grants: z.array(grantView).nullable(),
  limits: limitsView.exactOptional(),
  createdAt: time,
  expiresAt: time.exactOptional(),
  revokedAt: time.exactOptional(),
  rotatedFrom: z.string().exactOptional(),
});
export type KeyView = z.infer<typeof keyView>;

/** Secrets are shown once: Signet does not store them. */
export const issuedKeyView = z.object({
  key: keyView,
  /** Of a key that is a bearer secret. */
  secret: z.string().exactOptional(),
  /** Of an access-key pair. */
  accessKeyId: z.string().exactOptional(),
  secretAccessKey: z.string().exactOptional(),
});
export type IssuedKeyView = z.infer<typeof issuedKeyView>;

/** The result for a system outside Signet that held a key. */
export const heldKeyView = z.object({
  /** The system, such as `Flashback`. */
  holder: z.string(),
  name: z.string(),
  id: z.string(),
  result: z.enum(["updated", "removed", "forgotten", "failed"]),
  message: z.string().exactOptional(),
});
export type HeldKeyView = z.infer<typeof heldKeyView>;
export const withHolders = { holders: z.array(heldKeyView) };
