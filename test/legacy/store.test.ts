/** A store made by commit d33cf8e, opened by this version. It must contain what make.ts did. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyDigest } from "../../src/core/ids.ts";
import { masterKeyBytes, masterKeyOf } from "../../src/core/seal.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { HAIKU } from "../support/world.ts";
import { knownSecret, MASTER_KEY } from "./known.ts";
import { FACTS, unpack, type Unpacked } from "./unpack.ts";

let old: Unpacked;
let store: Store;
beforeAll(async () => {
  old = unpack();
  store = await openSqliteStore(old.storeFile);
});
afterAll(async () => {
  await store.close();
  old.remove();
});

async function delegation(name: string) {
  const found = await store.delegations.get(name);
  if (!found) throw new Error(`there is no delegation ${name}`);
  return found;
}

async function key(name: keyof typeof FACTS.keys) {
  const found = await store.keys.get(FACTS.keys[name]);
  if (!found) throw new Error(`there is no key ${name}`);
  return found;
}

describe("delegations of an old store", () => {
  it("keep their states, with the reasons", async () => {
    const all = await store.delegations.list();
    expect(all.map(({ name, state, stateReason }) => [name, state, stateReason])).toEqual([
      ["acme", "active", undefined],
      ["globex", "active", undefined],
      ["hooli", "active", undefined],
      ["initech", "pending", undefined],
      ["soylent", "revoked", "contract ended"],
      ["umbrella", "pending", undefined],
      ["vandelay", "suspended", "audit"],
    ]);
    for (const { account, partition, region } of all)
      expect({ account, partition, region }).toEqual({
        account: "111122223333",
        partition: "aws",
        region: "us-east-1",
      });
  });

  it("keep their External IDs at every step of a rotation", async () => {
    const [acme, globex, hooli] = await Promise.all(["acme", "globex", "hooli"].map(delegation));
    const id = expect.stringMatching(/^sgx-\S{20,}$/);
    expect(acme).toMatchObject({ externalId: id });
    expect(acme).not.toHaveProperty("previousExternalId");
    expect(globex).toMatchObject({ externalId: id, previousExternalId: id });
    expect(hooli).toMatchObject({ externalId: id, nextExternalId: id });
  });

  it("keep their grants, aliases and session settings", async () => {
    const acme = await delegation("acme");
    expect(acme).toMatchObject({
      roleArn: "arn:aws:iam::111122223333:role/signet-acme",
      grants: [
        {
          operations: [
            "*",
            "ListFoundationModels",
            "GetFoundationModel",
            "ListInferenceProfiles",
            "GetInferenceProfile",
          ],
          models: ["*"],
          regions: ["us-east-1"],
          settings: [],
        },
      ],
      aliases: [
        { name: "claude", model: HAIKU },
        { name: "gpt-oss", model: "openai.gpt-oss-20b", upstream: "bedrock-mantle" },
      ],
      session: { durationSeconds: 3600, tags: { team: "acme" } },
      recordContent: false,
    });
    const globex = await delegation("globex");
    expect(globex.session.sourceIdentity).toBe("signet");
    expect(globex.grants[0]?.settings).toEqual(["trace"]);
    const hooli = await delegation("hooli");
    expect([hooli.recordContent, hooli.session.durationSeconds]).toEqual([true, 900]);
  });

  it("keep their roles' permissions and trust", async () => {
    expect((await delegation("acme")).role).toEqual({ bedrockApiKeys: false, bedrockMantle: true });
    expect((await delegation("initech")).trust).toMatchObject({
      principalOrgId: "o-a1b2c3d4e5",
      sourceVpcs: ["vpc-0123456789abcdef0"],
      principal: "arn:aws:iam::123456789012:user/signet",
    });
    const soylent = await delegation("soylent");
    expect(soylent.role).toEqual({ requiredGuardrail: "gr123456:1", bedrockApiKeys: true });
    expect(soylent.trust.byPrincipalArn).toBe(true);
    const umbrella = await delegation("umbrella");
    expect(umbrella.role.asyncOutput).toBe("outputs/umbrella");
    expect(umbrella.trust.sourceIps).toEqual(["192.0.2.0/24"]);
  });

  it("keep their latest verifications", async () => {
    for (const name of ["acme", "globex", "hooli", "vandelay"]) {
      const latest = await store.verifications.get(name, "full");
      expect(latest).toMatchObject({ delegation: name, verdict: "pass", unenforced: false });
      expect(latest?.probes.length).toBeGreaterThan(3);
    }
  });
});

describe("clients and keys of an old store", () => {
  it("keep their clients and grants", async () => {
    const clients = await store.clients.list();
    expect(clients.map(({ name, delegations }) => [name, delegations.map((one) => one.delegation)])).toEqual([
      ["app", ["acme", "globex"]],
      ["archive", ["hooli"]],
      ["batch", ["vandelay"]],
      ["billing", ["acme"]],
      ["gone", ["acme"]],
    ]);
    const [billing, gone] = clients.slice(-2);
    expect(billing?.delegations[0]?.grants?.[0]?.models).toEqual(["us.anthropic.*"]);
    expect(gone?.revokedAt).toEqual(expect.any(Number));
    expect((await key("narrow")).grants).toMatchObject([{ operations: ["Converse"], models: [HAIKU] }]);
  });

  it("stay revoked, expired or replaced", async () => {
    expect((await key("revoked")).revokedAt).toEqual(expect.any(Number));
    const { createdAt, expiresAt } = await key("expired");
    expect(expiresAt).toBe(createdAt + 1000);
    const rotated = await key("rotated");
    const successor = (await store.keys.list()).find(({ rotatedFrom }) => rotatedFrom === rotated.id);
    expect(successor?.createdAt).toBe(rotated.expiresAt);
    expect(await key("app")).not.toHaveProperty("expiresAt");
  });

  it("are recognized by the issued secrets", async () => {
    for (const id of Object.values(FACTS.keys))
      expect((await store.keys.get(id))?.digest).toBe(keyDigest(knownSecret(id)));
  });

  it("return the encrypted secret of an access-key pair", async () => {
    const pair = (await store.keys.list()).find(({ accessKeyPair }) => accessKeyPair)?.accessKeyPair;
    const { accessKeyId, sealedSecret } = pair!;
    expect(accessKeyId).toMatch(/^SGNT[A-Z2-7]{16}$/);
    const masterKey = masterKeyOf(masterKeyBytes(MASTER_KEY)!);
    expect(masterKey.open(accessKeyId, sealedSecret).reveal()).toMatch(/^\w{40}$/);
  });

  it("keep their limits", async () => {
    expect((await delegation("acme")).limits).toEqual({ tokensPerMonth: 50_000_000 });
    expect((await store.clients.get("billing"))?.limits).toEqual({
      requestsPerMinute: 60,
      costPerMonth: 500,
      warnAtPercent: 50,
    });
    expect((await key("limited")).limits).toEqual({ requestsPerMinute: 1, tokensPerDay: 6000 });
  });
});

describe("an old store", () => {
  it("keeps admin tokens", async () => {
    const tokens = await store.adminTokens.list();
    expect(tokens.map(({ name, role, revokedAt }) => [name, role, revokedAt !== undefined])).toEqual([
      ["alice", "admin", false],
      ["bob", "viewer", true],
    ]);
    for (const { id, digest } of tokens) expect(digest).toBe(keyDigest(knownSecret(id, "sga")));
  });

  it("keeps connections of Flashback", async () => {
    const [connection] = await store.flashback.list();
    expect(connection).toMatchObject({ name: "bedrock", aiType: "OPENAI", workspaceId: "42" });
    expect(await store.keys.get(connection?.key ?? "")).toMatchObject({ client: "app", delegation: "acme" });
  });

  it("accepts changes", async () => {
    const acme = await delegation("acme");
    await store.delegations.update({ ...acme, state: "suspended", stateReason: "a test" });
    expect(await delegation("acme")).toEqual({ ...acme, state: "suspended", stateReason: "a test" });
  });
});
