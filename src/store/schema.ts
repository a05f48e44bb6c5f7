/**
 * The tables as the queries see them. Dates are epoch milliseconds; `grants`, `aliases`, `session`, `trust`, `role` and
 * `limits` are JSON texts, as are a verification's `report` and a change's `content`.
 */
import type { AdminToken } from "../core/admin.ts";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { Verification } from "../core/verification.ts";
import type { RowOf } from "./columns.ts";
import type { ADMIN_TOKEN, CLIENT, DELEGATION, FLASHBACK_CONNECTION, KEY, MEMBERSHIP } from "./fields.ts";
import type { Membership } from "./store.ts";

export interface Database {
  revision: RevisionRow;
  delegation: DelegationRow;
  client: ClientRow;
  membership: MembershipRow;
  key: KeyRow;
  verification: VerificationRow;
  change: ChangeRow;
  flashback_connection: FlashbackRow;
  admin_token: AdminTokenRow;
}

/** One row: the number of the latest change. Every row has the number of the change that last touched it. */
interface RevisionRow {
  value: number;
}

export interface DelegationRow extends RowOf<Delegation, typeof DELEGATION> {
  revision: number;
}

export interface ClientRow extends RowOf<Client, typeof CLIENT> {
  revision: number;
}

export interface MembershipRow extends RowOf<Membership, typeof MEMBERSHIP> {
  client: string;
}

export interface KeyRow extends RowOf<Key, typeof KEY> {
  access_key_id: string | null;
  sealed_secret: string | null;
  revision: number;
}

export interface VerificationRow {
  delegation: string;
  scope: Verification["scope"];
  at: number;
  report: string;
}

export interface ChangeRow {
  id: string;
  at: number;
  content: string;
  revision: number;
}

type FlashbackRow = RowOf<FlashbackConnection, typeof FLASHBACK_CONNECTION>;

type AdminTokenRow = RowOf<AdminToken, typeof ADMIN_TOKEN>;
