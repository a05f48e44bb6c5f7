import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Delegation } from "../core/delegation.ts";
import type { ProbeResult, Verification } from "../core/verification.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { addClient, joinDelegation, revokeClient } from "./clients.ts";
import { createDelegation, editDelegation } from "./delegations.ts";
import { OperatorError } from "./errors.ts";
import type { DelegationInput, EditInput } from "./input.ts";
import { createKey } from "./keys.ts";
import { revokeDelegation, rotateExternalId, suspendDelegation } from "./lifecycle.ts";
import type { Operator } from "./operator.ts";
import { recordVerification } from "./verified.ts";

const NOW = 1_800_000_000_000;
const by: Operator = { actor: "cli:test", clock: { now: () => NOW } };
const acme: DelegationInput = {
  name: "acme",
  account: "111122223333",
  roleName: "signet-acme",
  region: "us-east-1",
  grants: [{ models: ["us.anthropic.claude-*"] }],
};

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-lifecycle-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const ENFORCED = ["assume_with_external_id", "assume_without_external_id", "assume_with_wrong_external_id"];

function passed(...probes: string[]): ProbeResult[] {
  return probes.map((probe) => ({
    probe,
    title: probe,
    status: "pass",
    required: true,
    sent: null,
    answer: "",
    milliseconds: 1,
  }));
}

function verification(change: Partial<Verification> = {}): Verification {
  return {
    delegation: "acme",
    scope: "full",
    startedAt: NOW,
    finishedAt: NOW,
    verdict: "pass",
    unenforced: false,
    probes: passed(...ENFORCED),
    ...change,
  };
}

async function current(): Promise<Delegation> {
  const found = await store.delegations.get("acme");
  if (!found) throw new Error("acme is gone");
  return found;
}

async function verify(change: Partial<Verification> = {}, activate = true): Promise<Delegation> {
  return recordVerification(
    store,
    { verified: await current(), verification: verification(change), activate },
    by,
  );
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown);
  if (!(error instanceof OperatorError)) throw new Error("was not refused", { cause: error });
  return `${error.code} ${error.message}`;
}

async function actions(): Promise<string[]> {
  return (await store.changes.pending(100)).map(({ action }) => action);
}

describe("a pending delegation", () => {
  it("has the ARN of the role that the account owner has yet to create", async () => {
    const created = await createDelegation(store, acme, by);
    expect(created).toMatchObject({
      state: "pending",
      roleArn: "arn:aws:iam::111122223333:role/signet-acme",
      externalId: expect.stringMatching(/^sgx-/),
    });
  });

  it("becomes active only by a full verification that passed", async () => {
    await createDelegation(store, acme, by);
    expect((await verify({ scope: "enforcement" })).state).toBe("pending");
    expect((await verify({ verdict: "fail" })).state).toBe("pending");
    expect((await verify({ verdict: "unknown" })).state).toBe("pending");
    expect((await verify({ unenforced: true })).state).toBe("pending");
    expect((await verify({}, false)).state).toBe("pending");
    expect((await verify()).state).toBe("active");
    expect((await store.verifications.get("acme", "full"))?.verdict).toBe("pass");
    expect(await actions()).toEqual(["delegation.create", "delegation.activate"]);
  });

  it("isn't activated by probes from before an edit (T9)", async () => {
    await createDelegation(store, acme, by);
    const verified = await current();
    await editDelegation(store, "acme", { roleArn: "arn:aws:iam::111122223333:role/other" }, by);
    const recorded = recordVerification(
      store,
      { verified, verification: verification(), activate: true },
      by,
    );
    expect(await refusal(recorded)).toMatch(/^wrong_state .*was changed while it was verified/);
    expect((await current()).state).toBe("pending");
  });
});

describe("an active delegation", () => {
  beforeEach(async () => {
    await createDelegation(store, acme, by);
    await verify();
  });

  it("becomes pending again with another role, keeping its External ID (T9)", async () => {
    const before = await current();
    const roleArn = "arn:aws:iam::111122223333:role/other";
    expect(await editDelegation(store, "acme", { roleArn }, by)).toEqual({
      ...before,
      roleArn,
      state: "pending",
    });
  });

  it("gets a new External ID with another account: one is never shared by two owners (T8)", async () => {
    const before = await current();
    const roleArn = "arn:aws:iam::444455556666:role/signet-acme";
    const after = await editDelegation(store, "acme", { roleArn }, by);
    expect(after).toMatchObject({ state: "pending", account: "444455556666" });
    expect(after.externalId).not.toBe(before.externalId);
  });

  it("stays active when something else is edited, and keeps omitted fields", async () => {
    const before = await current();
    const edit: EditInput = {
      grants: [{ models: ["amazon.nova-*"] }],
      session: { sourceIdentity: "team" },
      role: { bedrockApiKeys: true },
    };
    const after = await editDelegation(store, "acme", edit, by);
    expect(after).toMatchObject({
      state: "active",
      session: { durationSeconds: 3600, tags: {}, sourceIdentity: "team" },
      trust: before.trust,
      role: { bedrockApiKeys: true },
    });
    expect(after.grants[0]?.models).toEqual(["amazon.nova-*"]);
    const without = await editDelegation(store, "acme", { session: { sourceIdentity: null } }, by);
    expect(without.session).toEqual({ durationSeconds: 3600, tags: {} });
  });

  it("is suspended with the reason as soon as its role no longer requires the External ID", async () => {
    const after = await verify({ scope: "enforcement", verdict: "fail", unenforced: true }, false);
    expect(after).toMatchObject({
      state: "suspended",
      stateReason: expect.stringContaining("without its External ID"),
    });
    const [, , last] = await store.changes.pending(10);
    expect(last).toMatchObject({
      action: "delegation.suspend",
      subject: "delegation/acme",
      before: { state: "active" },
      after: { state: "suspended" },
      reason: expect.stringContaining("without its External ID"),
    });
  });

  it("stays active while enforcement is merely undecided", async () => {
    expect((await verify({ scope: "enforcement", verdict: "unknown" }, false)).state).toBe("active");
    expect((await verify({ scope: "enforcement", verdict: "fail" }, false)).state).toBe("active");
  });

  it("resumes after suspension only on request and only if enforcement is verified", async () => {
    expect(await suspendDelegation(store, "acme", by, "audit")).toMatchObject({
      state: "suspended",
      stateReason: "audit",
    });
    expect((await verify({ scope: "enforcement" }, false)).state).toBe("suspended");
    expect((await verify({ scope: "enforcement", verdict: "fail" })).state).toBe("suspended");
    const resumed = await verify({ scope: "enforcement" });
    expect(resumed.state).toBe("active");
    expect(resumed.stateReason).toBeUndefined();
  });

  it("can't be reactivated once revoked", async () => {
    await revokeDelegation(store, "acme", by);
    expect((await verify()).state).toBe("revoked");
    expect(await refusal(editDelegation(store, "acme", {}, by))).toMatch(/^wrong_state/);
    expect(await refusal(suspendDelegation(store, "acme", by))).toMatch(/^wrong_state/);
    expect(await refusal(rotateExternalId(store, "acme", by))).toMatch(/^wrong_state/);
  });
});

describe("the rotation of an External ID", () => {
  it("uses the old one until the new one is verified, and keeps the old one until it is refused", async () => {
    await createDelegation(store, acme, by);
    const { externalId: old } = await verify();
    const begun = await rotateExternalId(store, "acme", by);
    expect(begun).toMatchObject({ externalId: old, nextExternalId: expect.stringMatching(/^sgx-/) });
    expect(begun.nextExternalId).not.toBe(old);
    expect(await rotateExternalId(store, "acme", by)).toEqual(begun);

    expect(await verify({ scope: "enforcement" })).toEqual(begun);
    const adopted = await verify({ probes: passed(...ENFORCED, "assume_with_next_external_id") });
    expect(adopted).toMatchObject({
      state: "active",
      externalId: begun.nextExternalId,
      previousExternalId: old,
    });
    expect(adopted.nextExternalId).toBeUndefined();

    expect((await verify()).previousExternalId).toBe(old);
    const done = await verify({ probes: passed(...ENFORCED, "assume_with_previous_external_id") });
    expect(done.previousExternalId).toBeUndefined();
    expect((await actions()).slice(2)).toEqual([
      "delegation.rotate-external-id",
      "delegation.adopt-external-id",
      "delegation.retire-external-id",
    ]);
  });

  it("isn't concluded by a role that accepts any External ID (T8)", async () => {
    await createDelegation(store, acme, by);
    await verify();
    const begun = await rotateExternalId(store, "acme", by);
    const probes = passed("assume_with_external_id", "assume_with_next_external_id");
    const after = await verify({ probes, unenforced: true, verdict: "fail" });
    expect(after).toMatchObject({ state: "suspended", externalId: begun.externalId });
    expect(after.nextExternalId).toBe(begun.nextExternalId);
  });
});

describe("a client", () => {
  it("that is revoked gets no keys, joins no delegation, and keeps its date", async () => {
    await createDelegation(store, acme, by);
    await createDelegation(store, { ...acme, name: "second" }, by);
    await addClient(store, { name: "app", delegations: [{ delegation: "acme" }] }, by);
    const revoked = await revokeClient(store, "app", by);
    expect(revoked.revokedAt).toBe(NOW);
    expect(await revokeClient(store, "app", { ...by, clock: { now: () => NOW + 1 } })).toEqual(revoked);
    expect(await refusal(createKey(store, { client: "app" }, by))).toMatch(/^wrong_state/);
    expect(await refusal(joinDelegation(store, "app", { delegation: "second" }, by))).toMatch(/^wrong_state/);
  });
});

describe("the record of a change", () => {
  it("names the actor and the differences, without digests or complete External IDs (T25, T26)", async () => {
    const created = await createDelegation(store, acme, by);
    await addClient(store, { name: "app", delegations: [{ delegation: "acme" }] }, by);
    const { key, secret } = await createKey(store, { client: "app" }, by);
    const changes = await store.changes.pending(10);
    expect(changes.map(({ actor, action, subject, at }) => [actor, action, subject, at])).toEqual([
      ["cli:test", "delegation.create", "delegation/acme", NOW],
      ["cli:test", "client.add", "client/app", NOW],
      ["cli:test", "key.create", `key/${key.id}`, NOW],
    ]);
    const text = JSON.stringify(changes);
    for (const hidden of [key.digest, secret.reveal(), created.externalId ?? ""])
      expect(text).not.toContain(hidden);
  });
});

describe("an impossible delegation", () => {
  it.each<[string, Partial<DelegationInput>]>([
    ["roleName", { roleName: "a b" }],
    ["trust.principal", { trust: { principal: "arn:aws:iam::1:user/x" } }],
    ["trust.principal", { trust: { principal: "arn:aws-us-gov:iam::111122223333:role/x" } }],
    ["trust.principalOrgId", { trust: { principalOrgId: "acme" } }],
    ["trust.sourceIps[0]", { trust: { sourceIps: ["10.0.0.0/33"] } }],
    ["trust.sourceVpcs[0]", { trust: { sourceVpcs: ["subnet-1"] } }],
    ["role.requiredGuardrail", { role: { requiredGuardrail: "a b" } }],
    [
      "role.requiredGuardrail",
      { role: { requiredGuardrail: "arn:aws:bedrock:us-east-1:999999999999:guardrail/abc" } },
    ],
    [
      "role.requiredGuardrail",
      {
        role: { requiredGuardrail: "abc:1" },
        grants: [{ models: ["amazon.nova-*"], regions: ["us-east-1", "us-west-2"] }],
      },
    ],
    [
      "grants",
      {
        role: { bedrockApiKeys: true },
        grants: [{ models: ["guardrail/abc"], operations: ["Converse"] }],
      },
    ],
    ["role.asyncOutput", { role: { asyncOutput: "s3://x" } }],
    ["session.durationSeconds", { session: { durationSeconds: 899 } }],
    ["session.durationSeconds", { session: { durationSeconds: 43_201 } }],
    ["region", { region: "mars-1" }],
    ["grants[0].models[0]", { grants: [{ models: ["arn:aws:s3:::bucket"] }] }],
    ["grants[0].models[0]", { grants: [{ models: ["arn:aws:bedrock:us-east-1::unknown/x"] }] }],
    ["grants[0].models[0]", { grants: [{ models: ["claude"] }] }],
    [
      "grants[0].models[0]",
      {
        grants: [{ models: ["arn:aws:bedrock:us-east-1:999999999999:application-inference-profile/abc"] }],
      },
    ],
    [
      "grants[0].models[0]",
      {
        grants: [{ models: ["arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0"] }],
      },
    ],
    [
      "grants",
      {
        grants: [
          { models: Array.from({ length: 60 }, (_, n) => `us.anthropic.claude-model-number-${n}-v1:0`) },
        ],
      },
    ],
  ])("is refused because of %s, and nothing is stored: %j", async (field, change) => {
    const attempt = createDelegation(store, { ...acme, ...change }, by);
    expect(await refusal(attempt)).toContain(`invalid ${field}: `);
    expect(await store.delegations.list()).toEqual([]);
    expect(await store.changes.pending(1)).toEqual([]);
  });

  it("is refused in an edit too, and changes nothing", async () => {
    const created = await createDelegation(store, acme, by);
    const edits: EditInput[] = [
      { roleArn: "arn:aws:iam::1:role/x" },
      { roleArn: "arn:aws-us-gov:iam::111122223333:role/x" },
      { region: "eu-nowhere" },
      { region: "us-gov-west-1" },
      { session: { durationSeconds: 5 } },
      { externalId: "mine" } as EditInput,
    ];
    for (const edit of edits)
      expect(await refusal(editDelegation(store, "acme", edit, by))).toMatch(/^invalid/);
    expect(await current()).toEqual(created);
  });
});
