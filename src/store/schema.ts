/** The tables as the queries see them. Dates are epoch milliseconds; `grants` and `session` are JSON texts. */
import type { DelegationState } from "../core/delegation.ts";

export interface Database {
  revision: RevisionRow;
  delegation: DelegationRow;
  client: ClientRow;
  membership: MembershipRow;
  key: KeyRow;
}

/** One row: the number of the latest change. Every row carries the number of the change that last touched it. */
interface RevisionRow {
  value: number;
}

export interface DelegationRow {
  name: string;
  state: DelegationState;
  account: string;
  partition: string;
  role_arn: string | null;
  external_id: string | null;
  region: string;
  grants: string;
  session: string;
  record_content: 0 | 1;
  created_at: number;
  revision: number;
}

export interface ClientRow {
  name: string;
  created_at: number;
  revision: number;
}

export interface MembershipRow {
  client: string;
  delegation: string;
  grants: string | null;
}

export interface KeyRow {
  id: string;
  client: string;
  delegation: string;
  grants: string | null;
  digest: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  rotated_from: string | null;
  revision: number;
}
