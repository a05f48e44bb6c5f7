/** Who may use the admin API and the console. */

/** Each role adds to the one before it: read; change delegations, clients and keys; manage access to the API. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** A program's or a person's access to the admin API. */
export interface AdminToken {
  /** The public part of the secret: 12 base62 characters. */
  id: string;
  /** Unique: 2–40 characters of `[a-z0-9-]`; the actor in the audit log is `token:<name>`. */
  name: string;
  role: Role;
  /** SHA-256 of the whole secret, lower-case hex. */
  digest: string;
  /** Epoch milliseconds. */
  createdAt: number;
  expiresAt: number;
  revokedAt?: number;
}
