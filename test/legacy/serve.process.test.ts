/** `signet serve` of this version on an installation of commit d33cf8e whose process was killed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { readCalls } from "../../src/audit/calls.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { masterKeyBytes, masterKeyOf } from "../../src/core/seal.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { signet } from "../support/command.ts";
import { converseBody } from "../support/http.ts";
import { pathOf } from "../support/caller.ts";
import { startServe, type ServeProcess } from "../support/process.ts";
import { sendSigned, signedRequest } from "../support/signed.ts";
import { knownSecret, MASTER_KEY } from "./known.ts";
import { FACTS, unpack, type Unpacked } from "./unpack.ts";

let old: Unpacked;
let sandbox: Sandbox;
let env: Record<string, string>;
let serving: ServeProcess;

beforeAll(async () => {
  old = unpack();
  sandbox = await startSandbox();
  const { accessKeyId, secretAccessKey } = seedDefaults(sandbox);
  env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
    SIGNET_MASTER_KEY: MASTER_KEY,
  };
  const { out } = await signet("--data . delegation template acme --format json", { cwd: old.data, env });
  const { roleName, trustPolicy, policyName, permissions } = JSON.parse(out) as {
    roleName: string;
    trustPolicy: object;
    policyName: string;
    permissions: object;
  };
  sandbox.iam.createRole({
    account: "111122223333",
    roleName,
    trustPolicy,
    inlinePolicies: { [policyName]: permissions },
  });
  serving = await startServe({ data: old.data, env });
});
afterAll(async () => {
  serving.child.kill("SIGKILL");
  await sandbox.close();
  old.remove();
});

async function converse(key: keyof typeof FACTS.keys): Promise<number> {
  const { status } = await fetch(serving.url + pathOf("converse"), {
    method: "POST",
    headers: { authorization: `Bearer ${knownSecret(FACTS.keys[key])}`, "content-type": "application/json" },
    body: converseBody("hello"),
  });
  return status;
}

async function oldPair() {
  const store = await openSqliteStore(old.storeFile);
  const pair = (await store.keys.list()).find(({ accessKeyPair }) => accessKeyPair)?.accessKeyPair;
  await store.close();
  const { accessKeyId, sealedSecret } = pair!;
  const secret = masterKeyOf(masterKeyBytes(MASTER_KEY)!).open(accessKeyId, sealedSecret);
  return { accessKeyId, secretAccessKey: secret.reveal() };
}

describe("signet serve on an old installation", () => {
  it("accepts the keys that callers have, and refuses revoked and expired ones", async () => {
    expect(await converse("app")).toBe(200);
    const ended = ["expired", "revoked", "suspended", "rotated"] as const;
    expect(await Promise.all(ended.map(converse))).toEqual([403, 403, 403, 403]);
  });

  it("accepts signatures of an old access-key pair", async () => {
    const { url } = serving;
    expect(await sendSigned(url, signedRequest({ url, from: await oldPair() }))).toMatchObject({
      status: 200,
    });
  });

  it("ends the call that the kill left open, and continues the log so that it verifies", async () => {
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
    const calls = await Array.fromAsync(readCalls(old.auditDir));
    expect(calls.filter(({ outcome }) => outcome === "running")).toEqual([]);
    expect(calls.filter(({ outcome }) => outcome === "unknown")).toHaveLength(
      (FACTS.outcomes["unknown"] ?? 0) + (FACTS.outcomes["running"] ?? 0),
    );
    expect(calls.length).toBeGreaterThan(FACTS.calls);
    expect((await verifyAudit(old.auditDir)).problems).toEqual([]);
  });
});
