/**
 * What the store keeps of each object: a new field is a line here and a migration that adds its column. Row types
 * (schema.ts) and the way there and back (rows.ts) follow.
 */
import type { AdminToken } from "../core/admin.ts";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { Kind } from "./columns.ts";
import type { Membership } from "./store.ts";

export const DELEGATION = {
  name: "plain",
  state: "plain",
  account: "plain",
  partition: "plain",
  roleArn: "plain",
  externalId: "plain",
  nextExternalId: "plain",
  previousExternalId: "plain",
  trust: "json",
  role: "json",
  region: "plain",
  grants: "json",
  aliases: "json",
  session: "json",
  recordContent: "flag",
  limits: "json",
  createdAt: "plain",
  stateReason: "plain",
} as const satisfies Record<keyof Delegation, Kind>;

/** Its delegations are in `membership`. */
export const CLIENT = {
  name: "plain",
  limits: "json",
  createdAt: "plain",
  revokedAt: "plain",
} as const satisfies Record<Exclude<keyof Client, "delegations">, Kind>;

export const MEMBERSHIP = {
  delegation: "plain",
  grants: "nullable-json",
} as const satisfies Record<keyof Membership, Kind>;

/** Its access-key pair has two columns, see rows.ts. */
export const KEY = {
  id: "plain",
  client: "plain",
  delegation: "plain",
  grants: "nullable-json",
  digest: "plain",
  limits: "json",
  createdAt: "plain",
  expiresAt: "plain",
  revokedAt: "plain",
  rotatedFrom: "plain",
} as const satisfies Record<Exclude<keyof Key, "accessKeyPair">, Kind>;

export const FLASHBACK_CONNECTION = {
  aiLlmId: "plain",
  name: "plain",
  aiType: "plain",
  endpoint: "plain",
  workspaceId: "plain",
  platformUrl: "plain",
  key: "plain",
  createdAt: "plain",
} as const satisfies Record<keyof FlashbackConnection, Kind>;

export const ADMIN_TOKEN = {
  id: "plain",
  name: "plain",
  role: "plain",
  digest: "plain",
  createdAt: "plain",
  expiresAt: "plain",
  revokedAt: "plain",
} as const satisfies Record<keyof AdminToken, Kind>;
