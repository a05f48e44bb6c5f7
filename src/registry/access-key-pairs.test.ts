import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyDigest } from "../core/ids.ts";
import { masterKeyOf } from "../core/seal.ts";
import { newClient, newDelegation } from "../store/contract.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { OperatorError } from "./errors.ts";
import { createKey, revokeKey, rotateKey, type KeyIssuer } from "./keys.ts";

const NOW = 1_800_000_000_000;
const masterKey = masterKeyOf(randomBytes(32));
const by: KeyIssuer = { actor: "cli:test", clock: { now: () => NOW }, masterKey: async () => masterKey };

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-pairs-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  await store.delegations.add(newDelegation());
  await store.clients.add(newClient());
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const issue = () => createKey(store, { client: "app", kind: "access-key-pair" }, by);

describe("a key that is an access-key pair", () => {
  it("has AWS's form, and a secret that only the master key opens", async () => {
    const { key, secret } = await issue();
    const { accessKeyId, sealedSecret } = key.accessKeyPair!;
    expect(accessKeyId).toMatch(/^SGNT[A-Z2-7]{16}$/);
    expect(secret.reveal()).toMatch(/^[0-9A-Za-z]{40}$/);
    expect(key.digest).toBe(keyDigest(secret.reveal()));
    expect(await store.keys.get(key.id)).toEqual(key);
    expect(masterKey.open(accessKeyId, sealedSecret).reveal()).toBe(secret.reveal());
    expect(() => masterKeyOf(randomBytes(32)).open(accessKeyId, sealedSecret)).toThrow("is configured");
  });

  it("stays one when it is rotated, with another secret and another id", async () => {
    const { key, secret } = await issue();
    const rotated = await rotateKey(store, key.id, {}, by);
    expect(rotated.key.rotatedFrom).toBe(key.id);
    expect(rotated.key.accessKeyPair?.accessKeyId).toMatch(/^SGNT/);
    expect(rotated.key.accessKeyPair?.accessKeyId).not.toBe(key.accessKeyPair?.accessKeyId);
    expect(rotated.secret.reveal()).not.toBe(secret.reveal());
  });

  it("is neither created nor rotated without a master key; the error names the settings for one", async () => {
    const { key } = await issue();
    const without: KeyIssuer = { ...by, masterKey: async () => undefined };
    const refusals = [
      createKey(store, { client: "app", kind: "access-key-pair" }, without),
      rotateKey(store, key.id, {}, without),
    ];
    for (const attempt of refusals) {
      await expect(attempt).rejects.toBeInstanceOf(OperatorError);
      await expect(attempt).rejects.toThrow(
        /SIGNET_MASTER_KEY, accessKeyPairs\.masterKeyFile or accessKeyPairs\.kmsEncryptedKeyFile/,
      );
    }
    expect(await store.keys.list()).toEqual([key]);
  });

  it("appears in recorded changes with its id, without secret or sealed secret (T26)", async () => {
    const { key, secret } = await issue();
    await rotateKey(store, key.id, {}, by);
    await revokeKey(store, key.id, by);
    const changes = JSON.stringify(await store.changes.pending(10));
    expect(changes).toContain(key.accessKeyPair!.accessKeyId);
    for (const hidden of [secret.reveal(), key.digest, "v1.", "sealedSecret"])
      expect(changes).not.toContain(hidden);
  });
});
