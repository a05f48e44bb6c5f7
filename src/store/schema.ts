/**
 * The tables as the queries see them. Dates are epoch milliseconds; `grants`, `aliases`, `session`, `trust`, `role` and
 * `limits` are JSON texts, as are a verification's `report` and a change's `content`.
 */
import type { Role } from "../core/admin.ts";
import type { DelegationState } from "../core/delegation.ts";
import type { AiLlmType } from "./flashback.ts";
import type { Verification } from "../core/verification.ts";

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

export interface DelegationRow {
  name: string;
  state: DelegationState;
  account: string;
  partition: string;
  role_arn: string | null;
  external_id: string | null;
  next_external_id: string | null;
  previous_external_id: string | null;
  trust: string;
  role: string;
  region: string;
  grants: string;
  aliases: string;
  session: string;
  record_content: 0 | 1;
  limits: string | null;
  created_at: number;
  state_reason: string | null;
  revision: number;
}

export interface ClientRow {
  name: string;
  limits: string | null;
  created_at: number;
  revoked_at: number | null;
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
  limits: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  rotated_from: string | null;
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

export interface FlashbackRow {
  ai_llm_id: string;
  name: string;
  ai_type: AiLlmType;
  endpoint: string;
  workspace_id: string;
  platform_url: string;
  key: string;
  created_at: number;
}

export interface AdminTokenRow {
  id: string;
  name: string;
  role: Role;
  digest: string;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
}
