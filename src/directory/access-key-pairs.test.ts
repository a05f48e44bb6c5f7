import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { newAccessKeyPair } from "../core/ids.ts";
import { masterKeyOf, type MasterKey } from "../core/seal.ts";
import { newClient, newDelegation, newKey } from "../store/contract.ts";
import { pairOpener } from "./access-key-pairs.ts";
import { createDirectory, type Directory } from "./directory.ts";

const NOW = 1_800_000_000_000;
const masterKey = masterKeyOf(randomBytes(32));

function sealedPair() {
  const { accessKeyId, secretAccessKey } = newAccessKeyPair();
  return { accessKeyId, sealedSecret: masterKey.seal(accessKeyId, secretAccessKey), secretAccessKey };
}

/** A directory of an active delegation and its client, and what was logged. */
function directoryWith(key: MasterKey | undefined): { directory: Directory; warnings: unknown[] } {
  const warnings: unknown[] = [];
  const open = pairOpener(key, { warn: (fields) => void warnings.push(fields["reason"]) });
  const directory = createDirectory(open);
  directory.apply({ delegations: [newDelegation()], clients: [newClient()], keys: [] });
  return { directory, warnings };
}

const keyOf = ({ accessKeyId, sealedSecret }: ReturnType<typeof sealedPair>, id: string) =>
  newKey({ id, digest: id, accessKeyPair: { accessKeyId, sealedSecret } });

const add = (directory: Directory, ...keys: ReturnType<typeof newKey>[]) =>
  directory.apply({ delegations: [], clients: [], keys });

test("a pair is found by its access key id, with the secret that was issued", () => {
  const pair = sealedPair();
  const { directory } = directoryWith(masterKey);
  add(directory, keyOf(pair, "AAAAAAAAAAAA"));
  const holder = directory.holder(pair.accessKeyId, NOW);
  expect(holder?.secretAccessKey.reveal()).toBe(pair.secretAccessKey.reveal());
  expect(holder?.identity.key.id).toBe("AAAAAAAAAAAA");
  expect(directory.holder("SGNTAAAAAAAAAAAAAAAA", NOW)).toBeUndefined();
});

test("a revoked or expired pair is no longer found, even if its row changes again", () => {
  const pair = sealedPair();
  const { directory } = directoryWith(masterKey);
  const key = keyOf(pair, "AAAAAAAAAAAA");
  add(directory, { ...key, expiresAt: NOW + 1 });
  const opened = directory.holder(pair.accessKeyId, NOW)?.secretAccessKey;
  expect(directory.holder(pair.accessKeyId, NOW + 1)).toBeUndefined();
  add(directory, { ...key, expiresAt: NOW + 5 });
  // The same Secret: the signing keys that were derived from it stay valid.
  expect(directory.holder(pair.accessKeyId, NOW + 1)?.secretAccessKey).toBe(opened);
  add(directory, { ...key, revokedAt: NOW });
  expect(directory.holder(pair.accessKeyId, NOW)).toBeUndefined();
});

test("pairs that can't be opened are unknown, and the reason is logged once", () => {
  const pairs = Array.from({ length: 3 }, sealedPair);
  const keys = pairs.map((pair, at) => keyOf(pair, `AAAAAAAAAAA${at}`));
  const none = directoryWith(undefined);
  const other = directoryWith(masterKeyOf(randomBytes(32)));
  for (const { directory } of [none, other]) {
    add(directory, ...keys);
    for (const { accessKeyId } of pairs) expect(directory.holder(accessKeyId, NOW)).toBeUndefined();
  }
  expect(none.warnings).toEqual(["no master key is configured (accessKeyPairs)"]);
  expect(other.warnings).toEqual([expect.stringContaining(`sealed under the master key ${masterKey.id}`)]);
});

test("the secret of a pair is not accepted as a bearer secret", () => {
  const pair = sealedPair();
  const { directory } = directoryWith(masterKey);
  add(directory, keyOf(pair, "AAAAAAAAAAAA"));
  for (const token of [pair.secretAccessKey.reveal(), pair.accessKeyId])
    expect(directory.identify(token, NOW)).toBeUndefined();
});
