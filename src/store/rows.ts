/** Converts rows to objects and back, where the table of fields (fields.ts) alone is not enough. */
import type { AdminToken } from "../core/admin.ts";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import type { FlashbackConnection } from "./flashback.ts";
import type { Limits } from "../core/limits.ts";
import { columns } from "./columns.ts";
import { ADMIN_TOKEN, CLIENT, DELEGATION, FLASHBACK_CONNECTION, KEY, MEMBERSHIP } from "./fields.ts";
import type { ClientRow, KeyRow, MembershipRow } from "./schema.ts";
import type { Membership } from "./store.ts";

export const delegationColumns = columns<Delegation>()(DELEGATION);
export const flashbackColumns = columns<FlashbackConnection>()(FLASHBACK_CONNECTION);
export const adminTokenColumns = columns<AdminToken>()(ADMIN_TOKEN);
export const clientColumns = columns<Client>()(CLIENT);
const membershipColumns = columns<Membership>()(MEMBERSHIP);
const keyColumns = columns<Key>()(KEY);

export function membershipRow(client: string, membership: Membership): MembershipRow {
  return { client, ...membershipColumns.rowOf(membership) };
}

/** A client with one of its memberships, or with nulls if it has none. */
export interface ClientJoinRow extends Omit<ClientRow, "revision"> {
  delegation: string | null;
  grants: string | null;
}

/** `rows` are ordered by client. */
export function clientsOf(rows: readonly ClientJoinRow[]): Client[] {
  const clients = new Map<string, Client>();
  for (const { delegation, grants, ...row } of rows) {
    const client = clients.get(row.name) ?? { ...clientColumns.objectOf(row), delegations: [] };
    clients.set(row.name, client);
    if (delegation !== null) client.delegations.push(membershipColumns.objectOf({ delegation, grants }));
  }
  return [...clients.values()];
}

export function keyRow(key: Key): Omit<KeyRow, "revision"> {
  return {
    ...keyColumns.rowOf(key),
    access_key_id: key.accessKeyPair?.accessKeyId ?? null,
    sealed_secret: key.accessKeyPair?.sealedSecret ?? null,
  };
}

export function keyOf(row: KeyRow): Key {
  const key = keyColumns.objectOf(row);
  const { access_key_id: accessKeyId, sealed_secret: sealedSecret } = row;
  return accessKeyId === null || sealedSecret === null
    ? key
    : { ...key, accessKeyPair: { accessKeyId, sealedSecret } };
}

export function limitsText(limits: Limits | undefined): string | null {
  return limits === undefined ? null : JSON.stringify(limits);
}
