/** Keys: what callers present. A secret is only in the answer that issues it. */
import { z } from "zod";
import type { Key } from "../../core/delegation.ts";
import { notFound } from "../../registry/errors.ts";
import { keyForm, rotationForm } from "../../registry/input.ts";
import { createKey, revokeKey, rotateKey, type IssuedKey, type KeyIssuer } from "../../registry/keys.ts";
import { afterRevocation, afterRotation } from "../../registry/key-holders.ts";
import { operation, type AdminParts, type About } from "../operation.ts";
import { page, pageQuery } from "../page.ts";
import { pageOf } from "../views/common.ts";
import { withHolders, issuedKeyView, keyView, type IssuedKeyView, type KeyView } from "../views/keys.ts";

export function stateOf(key: Key, now: number): KeyView["state"] {
  if (key.revokedAt !== undefined) return "revoked";
  return key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "active";
}

/** A key as shown: without what verifies callers. */
function shown(key: Key, now: number): KeyView {
  const { digest: _digest, accessKeyPair, ...rest } = key;
  const state = stateOf(key, now);
  if (!accessKeyPair) return { ...rest, kind: "secret", state };
  return { ...rest, kind: "access-key-pair", accessKeyId: accessKeyPair.accessKeyId, state };
}

function shownOnce({ key, secret }: IssuedKey, now: number): IssuedKeyView {
  const view = shown(key, now);
  if (view.accessKeyId === undefined) return { key: view, secret: secret.reveal() };
  return { key: view, accessKeyId: view.accessKeyId, secretAccessKey: secret.reveal() };
}

function issuer({ operator, masterKey }: AdminParts): KeyIssuer {
  return { ...operator, masterKey };
}

async function keyOf({ store }: AdminParts, { params: { id } }: About<"id">): Promise<Key> {
  const found = await store.keys.get(id);
  if (!found) throw notFound("key", id);
  return found;
}

const current = async (parts: AdminParts, asked: About<"id">) =>
  shown(await keyOf(parts, asked), parts.clock.now());

export const list = operation(
  {
    id: "keys.list",
    method: "GET",
    path: "/keys",
    role: "viewer",
    summary: "List the keys, oldest first, without their secrets.",
    query: pageQuery.extend({
      client: z.string().exactOptional(),
      delegation: z.string().exactOptional(),
      state: z.enum(["active", "expired", "revoked"]).exactOptional(),
    }),
    result: pageOf(keyView),
  },
  async ({ store, clock }, { query }) => {
    const { client, delegation, state } = query;
    const of = { ...(client !== undefined && { client }), ...(delegation !== undefined && { delegation }) };
    const keys = (await store.keys.list(of)).map((key) => shown(key, clock.now()));
    const wanted = keys.filter((key) => state === undefined || key.state === state);
    return page(wanted, query, ({ id }) => id);
  },
);

export const get = operation(
  {
    id: "keys.get",
    method: "GET",
    path: "/keys/{id}",
    role: "viewer",
    summary: "Show a key, without its secret.",
    result: keyView,
  },
  current,
);

export const create = operation(
  {
    id: "keys.create",
    method: "POST",
    path: "/keys",
    role: "operator",
    summary: "Issue a key to a client. Its secret is only in this answer.",
    body: keyForm,
    result: issuedKeyView,
    creates: true,
  },
  async (parts, { body }) => shownOnce(await createKey(parts.store, body, issuer(parts)), parts.clock.now()),
);

export const rotate = operation(
  {
    id: "keys.rotate",
    method: "POST",
    path: "/keys/{id}/rotate",
    role: "operator",
    summary: "Issue a new key; the old one stays valid for the overlap, then expires.",
    body: rotationForm,
    result: issuedKeyView.extend({ old: keyView, ...withHolders }),
    creates: true,
    current,
  },
  async (parts, asked) => {
    const { store, clock } = parts;
    const { old, ...issued } = await rotateKey(store, asked.params.id, asked.body, issuer(parts));
    const holders = await afterRotation(parts, old.id, issued);
    return { ...shownOnce(issued, clock.now()), old: shown(old, clock.now()), holders };
  },
);

export const revoke = operation(
  {
    id: "keys.revoke",
    method: "POST",
    path: "/keys/{id}/revoke",
    role: "operator",
    summary: "Revoke a key immediately and permanently; its running calls are cut off.",
    body: z.strictObject({}),
    result: keyView.extend(withHolders),
    current,
  },
  async (parts, asked) => {
    const { store, operator, clock } = parts;
    const key = await revokeKey(store, asked.params.id, operator);
    return { ...shown(key, clock.now()), holders: await afterRevocation(parts, [key]) };
  },
);
