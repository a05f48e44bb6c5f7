/** Converts rows to objects and back. */
import type {
  Client,
  Delegation,
  Grant,
  Key,
  ModelAlias,
  RoleSettings,
  SessionSettings,
  TrustSettings,
} from "../core/delegation.ts";
import type { Limits } from "../core/limits.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { ClientRow, DelegationRow, FlashbackRow, KeyRow, MembershipRow } from "./schema.ts";
import type { Membership } from "./store.ts";

export function delegationRow(delegation: Delegation): Omit<DelegationRow, "revision"> {
  return {
    name: delegation.name,
    state: delegation.state,
    account: delegation.account,
    partition: delegation.partition,
    role_arn: delegation.roleArn ?? null,
    external_id: delegation.externalId ?? null,
    next_external_id: delegation.nextExternalId ?? null,
    previous_external_id: delegation.previousExternalId ?? null,
    trust: JSON.stringify(delegation.trust),
    role: JSON.stringify(delegation.role),
    region: delegation.region,
    grants: JSON.stringify(delegation.grants),
    aliases: JSON.stringify(delegation.aliases),
    session: JSON.stringify(delegation.session),
    record_content: delegation.recordContent ? 1 : 0,
    limits: limitsText(delegation.limits),
    created_at: delegation.createdAt,
    state_reason: delegation.stateReason ?? null,
  };
}

export function delegationOf(row: DelegationRow): Delegation {
  return {
    name: row.name,
    state: row.state,
    account: row.account,
    partition: row.partition,
    ...(row.role_arn === null ? {} : { roleArn: row.role_arn }),
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    ...(row.next_external_id === null ? {} : { nextExternalId: row.next_external_id }),
    ...(row.previous_external_id === null ? {} : { previousExternalId: row.previous_external_id }),
    trust: JSON.parse(row.trust) as TrustSettings,
    role: JSON.parse(row.role) as RoleSettings,
    region: row.region,
    grants: JSON.parse(row.grants) as Grant[],
    aliases: JSON.parse(row.aliases) as ModelAlias[],
    session: JSON.parse(row.session) as SessionSettings,
    recordContent: row.record_content === 1,
    ...limitsOf(row.limits),
    createdAt: row.created_at,
    ...(row.state_reason === null ? {} : { stateReason: row.state_reason }),
  };
}

export function membershipRow(client: string, { delegation, grants }: Membership): MembershipRow {
  return { client, delegation, grants: grantsText(grants) };
}

/** A client with one of its memberships, or with nulls if it has none. */
export interface ClientJoinRow extends Pick<ClientRow, "name" | "limits" | "created_at" | "revoked_at"> {
  delegation: string | null;
  grants: string | null;
}

/** `rows` are ordered by client. */
export function clientsOf(rows: readonly ClientJoinRow[]): Client[] {
  const clients = new Map<string, Client>();
  for (const { name, limits, created_at: createdAt, revoked_at: revokedAt, delegation, grants } of rows) {
    const client = clients.get(name) ?? {
      name,
      delegations: [],
      ...limitsOf(limits),
      createdAt,
      ...(revokedAt === null ? {} : { revokedAt }),
    };
    clients.set(name, client);
    if (delegation !== null) client.delegations.push({ delegation, grants: grantsOf(grants) });
  }
  return [...clients.values()];
}

export function keyRow(key: Key): Omit<KeyRow, "revision"> {
  return {
    id: key.id,
    client: key.client,
    delegation: key.delegation,
    grants: grantsText(key.grants),
    digest: key.digest,
    limits: limitsText(key.limits),
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    revoked_at: key.revokedAt ?? null,
    rotated_from: key.rotatedFrom ?? null,
    access_key_id: key.accessKeyPair?.accessKeyId ?? null,
    sealed_secret: key.accessKeyPair?.sealedSecret ?? null,
  };
}

export function keyOf(row: KeyRow): Key {
  return {
    id: row.id,
    client: row.client,
    delegation: row.delegation,
    grants: grantsOf(row.grants),
    digest: row.digest,
    ...limitsOf(row.limits),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.rotated_from === null ? {} : { rotatedFrom: row.rotated_from }),
    ...(row.access_key_id === null || row.sealed_secret === null
      ? {}
      : { accessKeyPair: { accessKeyId: row.access_key_id, sealedSecret: row.sealed_secret } }),
  };
}

export function flashbackRow(connection: FlashbackConnection): FlashbackRow {
  return {
    ai_llm_id: connection.aiLlmId,
    name: connection.name,
    ai_type: connection.aiType,
    endpoint: connection.endpoint,
    workspace_id: connection.workspaceId,
    platform_url: connection.platformUrl,
    key: connection.key,
    created_at: connection.createdAt,
  };
}

export function flashbackOf(row: FlashbackRow): FlashbackConnection {
  return {
    aiLlmId: row.ai_llm_id,
    name: row.name,
    aiType: row.ai_type,
    endpoint: row.endpoint,
    workspaceId: row.workspace_id,
    platformUrl: row.platform_url,
    key: row.key,
    createdAt: row.created_at,
  };
}

export function limitsText(limits: Limits | undefined): string | null {
  return limits === undefined ? null : JSON.stringify(limits);
}

function limitsOf(text: string | null): { limits?: Limits } {
  return text === null ? {} : { limits: JSON.parse(text) as Limits };
}

function grantsText(grants: Grant[] | null): string | null {
  return grants === null ? null : JSON.stringify(grants);
}

function grantsOf(text: string | null): Grant[] | null {
  return text === null ? null : (JSON.parse(text) as Grant[]);
}
