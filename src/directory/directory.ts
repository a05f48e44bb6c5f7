/**
 * Delegations, clients and keys in memory, as the request line reads them. Filled from the store and updated with its
 * changes, so that a call costs no query and a revocation takes effect immediately.
 */
import { hash, timingSafeEqual } from "node:crypto";
import type { Client, Delegation, Key } from "../core/delegation.ts";
import { keyIdOf } from "../core/ids.ts";
import type { LimitScope } from "../core/limits.ts";
import type { Secret } from "../core/secret.ts";
import type { OpenPair } from "./access-key-pairs.ts";

export interface Identity {
  key: Key;
  client: Client;
  delegation: Delegation;
}

/** The owner of an access key id, and the secret that signatures are verified with. */
export interface PairHolder {
  identity: Identity;
  secretAccessKey: Secret;
}

/** Rows of the store that were added or changed. */
export interface Changes {
  delegations: readonly Delegation[];
  clients: readonly Client[];
  keys: readonly Key[];
}

export interface Directory {
  apply(changes: Changes): void;
  /** The owner of a presented secret; undefined unless the key may be used now. */
  identify(token: string, now: number): Identity | undefined;
  /** The owner of an access key id; undefined unless it may be used now. Doesn't authenticate the caller. */
  holder(accessKeyId: string, now: number): PairHolder | undefined;
  /** Whether a key that was used before may still be used. */
  usable(identity: Identity, now: number): boolean;
  /** Whether calls can still count, now or later, against a delegation, client or key. */
  mayCall(scope: LimitScope, name: string): boolean;
  /** Whether a session of this delegation for this client may be kept in memory. */
  mayHold(delegation: string, client: string): boolean;
}

/** Compared with for ids that don't exist, so that both paths do the same work. */
const NO_DIGEST = "00".repeat(32);

interface Tables {
  readonly delegations: Map<string, Delegation>;
  readonly clients: Map<string, Client>;
  readonly keys: Map<string, Key>;
  /** By access key id. */
  readonly pairs: Map<string, { keyId: string; secretAccessKey: Secret }>;
}

export function createDirectory(open: OpenPair): Directory {
  const tables: Tables = {
    delegations: new Map(),
    clients: new Map(),
    keys: new Map(),
    pairs: new Map(),
  };
  const { delegations, clients, keys, pairs } = tables;
  return {
    apply(changes) {
      for (const delegation of changes.delegations) delegations.set(delegation.name, delegation);
      for (const client of changes.clients) clients.set(client.name, client);
      for (const key of changes.keys) {
        keys.set(key.id, key);
        keepPair(tables, key, open);
      }
    },

    identify(token, now) {
      const id = keyIdOf(token);
      if (id === undefined) return undefined;
      const known = keys.get(id);
      // Kept as text: with 100,000 keys, as many buffers would cost each garbage collection more than this does.
      const digest = Buffer.from(known?.digest ?? NO_DIGEST, "hex");
      return timingSafeEqual(hash("sha256", token, "buffer"), digest)
        ? resolve(tables, known, now)
        : undefined;
    },

    holder(accessKeyId, now) {
      const pair = pairs.get(accessKeyId);
      const identity = resolve(tables, pair && keys.get(pair.keyId), now);
      return pair && identity && { identity, secretAccessKey: pair.secretAccessKey };
    },

    usable: (identity, now) => resolve(tables, keys.get(identity.key.id), now)?.delegation.state === "active",

    mayCall: (scope, name) => mayCall(tables, scope, name),

    mayHold(delegation, client) {
      const holder = clients.get(client);
      return (
        delegations.get(delegation)?.state === "active" &&
        holder !== undefined &&
        holder.revokedAt === undefined &&
        holder.delegations.some((entry) => entry.delegation === delegation)
      );
    },
  };
}

/** The owner of a key; undefined unless it may be used now. */
function resolve({ clients, delegations }: Tables, key: Key | undefined, now: number): Identity | undefined {
  if (!key || key.revokedAt !== undefined) return undefined;
  if (key.expiresAt !== undefined && key.expiresAt <= now) return undefined;
  const client = clients.get(key.client);
  const delegation = delegations.get(key.delegation);
  if (!client || !delegation || client.revokedAt !== undefined) return undefined;
  if (!client.delegations.some((entry) => entry.delegation === delegation.name)) return undefined;
  return { key, client, delegation };
}

/** Opened once and kept as long as the key lives: its signing keys are cached with the secret. */
function keepPair({ pairs }: Tables, { id, accessKeyPair, revokedAt }: Key, open: OpenPair): void {
  if (!accessKeyPair) return;
  const { accessKeyId } = accessKeyPair;
  if (revokedAt !== undefined) return void pairs.delete(accessKeyId);
  if (pairs.has(accessKeyId)) return;
  const secretAccessKey = open(accessKeyPair);
  if (secretAccessKey) pairs.set(accessKeyId, { keyId: id, secretAccessKey });
}

function mayCall({ delegations, clients, keys }: Tables, scope: LimitScope, name: string): boolean {
  switch (scope) {
    case "delegation":
      return (delegations.get(name)?.state ?? "revoked") !== "revoked";
    case "client":
      return clients.has(name) && clients.get(name)?.revokedAt === undefined;
    case "key":
      return keys.has(name) && keys.get(name)?.revokedAt === undefined;
    default: {
      const _: never = scope;
      return _;
    }
  }
}
