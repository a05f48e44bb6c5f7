/** Who has access to the admin API. */
import { z } from "zod";
import { ROLES } from "../../core/admin.ts";
import { time } from "./common.ts";

export const adminTokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  state: z.enum(["active", "expired", "revoked"]),
  createdAt: time,
  expiresAt: time,
  revokedAt: time.exactOptional(),
});
export type AdminTokenView = z.infer<typeof adminTokenView>;

export const issuedTokenView = z.object({ token: adminTokenView, secret: z.string() });

export const whoView = z.object({
  /** `token:ci`, `oidc:alice@example.com`. */
  actor: z.string(),
  role: z.enum(ROLES),
  expiresAt: time,
  /** To be sent as `x-signet-csrf` with every change; null if a bearer token is used. */
  csrf: z.string().nullable(),
});
export type WhoView = z.infer<typeof whoView>;

/** The ways to sign in besides an admin token; null if not configured. */
export const waysView = z.object({ oidc: z.object({ label: z.string() }).nullable() });
export type WaysView = z.infer<typeof waysView>;
