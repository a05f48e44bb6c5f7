/** Keys: issuing, rotating and revoking the secrets that callers present. */
import type { Client, Key, Grant } from "../core/delegation.ts";
import { keyDigest, newAccessKeyPair, newKeySecret, randomId } from "../core/ids.ts";
import type { MasterKey } from "../core/seal.ts";
import type { Secret } from "../core/secret.ts";
import type { Membership, Store, Tables } from "../store/store.ts";
import { requireUnrevoked } from "./clients.ts";
import { notFound, OperatorError, wrongState } from "./errors.ts";
import { impossibleGrants, narrowerGrant } from "./grants.ts";
import { checked, keyForm, rotationForm, type KeyInput, type RotationInput } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";

export interface IssuedKey {
  key: Key;
  /**
   * Returned once: of a bearer secret the store keeps only the digest, of an access-key pair's SecretAccessKey only the
   * sealed form.
   */
  secret: Secret;
}

/** Who issues keys. */
export interface KeyIssuer extends Operator {
  /** Seals access-key pairs; undefined if none is configured. Called only for pairs. */
  masterKey?: () => Promise<MasterKey | undefined>;
}

/** Issues a key to a client, under the given delegation or its only one. Throws OperatorError. */
export async function createKey(store: Store, input: KeyInput, operator: KeyIssuer): Promise<IssuedKey> {
  const form = checked(keyForm, input);
  const masterKey = form.kind === "access-key-pair" ? await requireMasterKey(operator) : undefined;
  return store.transaction(async (tables) => {
    const client = await tables.clients.get(form.client);
    if (!client) throw notFound("client", form.client);
    requireUnrevoked(client);
    const membership = membershipOf(client, form.delegation);
    const grants = form.grants === undefined ? null : await keyGrants(tables, membership, form.grants);
    await requireLive(tables, membership.delegation);
    const now = operator.clock.now();
    return issue(tables, operator, credentialUnder(masterKey), {
      client: client.name,
      delegation: membership.delegation,
      grants,
      createdAt: now,
      ...(form.expiresIn === undefined ? {} : { expiresAt: now + form.expiresIn }),
    });
  });
}

/** Revokes a key immediately and permanently. Throws OperatorError `not_found`. */
export async function revokeKey(store: Store, id: string, operator: Operator): Promise<Key> {
  return store.transaction(async (tables) => {
    const key = await tables.keys.get(id);
    if (!key) throw notFound("key", id);
    if (key.revokedAt !== undefined) return key;
    const after = { ...key, revokedAt: operator.clock.now() };
    await tables.keys.revoke(id, after.revokedAt);
    await recordChange(tables, operator, { action: "key.revoke", subject: `key/${id}`, before: key, after });
    return after;
  });
}

/**
 * Issues a successor of the same kind, with the same client, delegation, grants and lifetime. The old key keeps working
 * for `overlap`, but never beyond its own expiry. Throws OperatorError.
 */
export async function rotateKey(
  store: Store,
  id: string,
  input: RotationInput,
  operator: KeyIssuer,
): Promise<IssuedKey & { old: Key }> {
  const { overlap } = checked(rotationForm, input);
  const isPair = (await store.keys.get(id))?.accessKeyPair !== undefined;
  const masterKey = isPair ? await requireMasterKey(operator) : undefined;
  return store.transaction(async (tables) => {
    const key = await tables.keys.get(id);
    if (!key) throw notFound("key", id);
    const now = operator.clock.now();
    if (key.revokedAt !== undefined) throw wrongState("key", `${id} is revoked: create a new key`);
    if (key.expiresAt !== undefined && key.expiresAt <= now)
      throw wrongState("key", `${id} has expired: create a new key`);
    await requireLive(tables, key.delegation);
    const expiresAt = Math.min(key.expiresAt ?? Infinity, now + overlap);
    await tables.keys.setExpiry(id, expiresAt);
    const old = { ...key, expiresAt };
    await recordChange(tables, operator, {
      action: "key.rotate",
      subject: `key/${id}`,
      before: key,
      after: old,
    });
    const issued = await issue(tables, operator, credentialUnder(masterKey), {
      client: key.client,
      delegation: key.delegation,
      grants: key.grants,
      ...(key.limits && { limits: key.limits }),
      createdAt: now,
      ...(key.expiresAt === undefined ? {} : { expiresAt: now + key.expiresAt - key.createdAt }),
      rotatedFrom: id,
    });
    return { ...issued, old };
  });
}

async function requireMasterKey({ masterKey }: KeyIssuer): Promise<MasterKey> {
  const found = await masterKey?.();
  if (found) return found;
  const message =
    "access-key pairs are sealed with a master key, but none is configured: set SIGNET_MASTER_KEY, " +
    "accessKeyPairs.masterKeyFile or accessKeyPairs.kmsEncryptedKeyFile (`signet master-key` makes one)";
  throw new OperatorError("wrong_state", [{ field: "accessKeyPairs", message }]);
}

interface NewCredential {
  secret: Secret;
  stored: Pick<Key, "id" | "digest" | "accessKeyPair">;
}

/** A pair if there is a master key to seal it with, otherwise a bearer secret. */
function credentialUnder(masterKey: MasterKey | undefined): NewCredential {
  if (!masterKey) {
    const { id, secret } = newKeySecret();
    return { secret, stored: { id, digest: keyDigest(secret.reveal()) } };
  }
  const { accessKeyId, secretAccessKey } = newAccessKeyPair();
  const sealedSecret = masterKey.seal(accessKeyId, secretAccessKey);
  const digest = keyDigest(secretAccessKey.reveal());
  return {
    secret: secretAccessKey,
    stored: { id: randomId(), digest, accessKeyPair: { accessKeyId, sealedSecret } },
  };
}

async function issue(
  tables: Tables,
  operator: Operator,
  { secret, stored }: NewCredential,
  facts: Omit<Key, keyof NewCredential["stored"]>,
): Promise<IssuedKey> {
  const key: Key = { ...stored, ...facts };
  const { id } = key;
  await tables.keys.add(key);
  await recordChange(tables, operator, {
    action: "key.create",
    subject: `key/${id}`,
    before: null,
    after: key,
  });
  return { key, secret };
}

function membershipOf(client: Client, name: string | undefined): Membership {
  const known = client.delegations.map(({ delegation }) => delegation).join(", ");
  const [first, ...others] = client.delegations;
  if (name === undefined && first && others.length === 0) return first;
  const found = client.delegations.find(({ delegation }) => delegation === name);
  if (found) return found;
  const message =
    name === undefined
      ? `must be named: ${client.name} belongs to ${known}`
      : `${client.name} doesn't belong to it (it belongs to ${known})`;
  throw new OperatorError("invalid", [{ field: "delegation", message }]);
}

async function keyGrants(tables: Tables, membership: Membership, inputs: readonly Partial<Grant>[]) {
  const delegation = await tables.delegations.get(membership.delegation);
  if (!delegation) throw notFound("delegation", membership.delegation);
  const ofClient = membership.grants ?? delegation.grants;
  const grants = inputs.map((grant) => narrowerGrant(grant, ofClient));
  const problems = impossibleGrants(
    grants,
    ofClient,
    "grants",
    membership.grants ? "the client" : "the delegation",
  );
  if (problems.length > 0) throw new OperatorError("invalid", problems);
  return grants;
}

async function requireLive(tables: Tables, name: string): Promise<void> {
  const delegation = await tables.delegations.get(name);
  if (delegation?.state === "revoked") throw wrongState("delegation", `${name} is revoked`);
}
