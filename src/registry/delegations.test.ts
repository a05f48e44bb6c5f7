import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyDigest, keyIdOf } from "../core/ids.ts";
import { HOSTILE } from "../store/contract.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { addClient, joinDelegation, revokeClient } from "./clients.ts";
import { createDelegation, editDelegation } from "./delegations.ts";
import { OperatorError } from "./errors.ts";
import type { DelegationInput } from "./input.ts";
import { createKey, revokeKey, rotateKey } from "./keys.ts";
import { revokeDelegation, rotateExternalId, suspendDelegation } from "./lifecycle.ts";
import type { Operator } from "./operator.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const at = (now: number): Operator => ({ actor: "cli:test", clock: { now: () => now } });
const by = at(NOW);
const acme: DelegationInput = {
  name: "acme",
  roleArn: "arn:aws:iam::111122223333:role/team/signet",
  region: "us-east-1",
  grants: [{ models: ["us.anthropic.claude-*"], settings: ["trace"] }],
};

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "signet-delegations-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function refusal(attempt: Promise<unknown>): Promise<string[]> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown);
  if (!(error instanceof OperatorError))
    throw new Error("was not refused by an OperatorError", { cause: error });
  return [error.code, ...error.problems.map(({ field, message }) => `${field}: ${message}`)];
}

async function withApp(): Promise<void> {
  await createDelegation(store, acme, by);
  await addClient(store, { name: "app", delegations: [{ delegation: "acme" }] }, by);
}

describe("a new delegation", () => {
  it("is pending, and allows only inference in its own region, without extra headers", async () => {
    const added = await createDelegation(store, { ...acme, grants: [{ models: ["amazon.nova-*"] }] }, by);
    expect(added).toEqual({
      name: "acme",
      state: "pending",
      account: "111122223333",
      partition: "aws",
      roleArn: acme.roleArn,
      externalId: expect.stringMatching(/^sgx-[0-9A-Za-z]{28}$/),
      region: "us-east-1",
      grants: [
        {
          operations: [
            "InvokeModel",
            "InvokeModelWithResponseStream",
            "Converse",
            "ConverseStream",
            "CountTokens",
          ],
          models: ["amazon.nova-*"],
          regions: ["us-east-1"],
          settings: [],
        },
      ],
      trust: { byPrincipalArn: false, sourceIps: [], sourceVpcs: [] },
      role: { bedrockApiKeys: false },
      session: { durationSeconds: 3600, tags: {} },
      aliases: [],
      recordContent: false,
      createdAt: NOW,
    });
    expect(await store.delegations.get("acme")).toEqual(added);
  });

  it("opens settings by their names, or by those of their headers, as grants were once written", async () => {
    const grants = [
      { models: ["*"], settings: ["serviceTier", "X-Amzn-Bedrock-Trace"], headers: ["x-amzn-bedrock-trace"] },
    ];
    const added = await createDelegation(store, { ...acme, grants }, by);
    expect(added.grants[0]?.settings).toEqual(["serviceTier", "trace"]);
    expect(added.grants[0]).not.toHaveProperty("headers");
  });

  it("is in a named project, or in the account's default one", async () => {
    const added = await createDelegation(store, { ...acme, role: { project: "proj_a1" } }, by);
    expect(added.role.project).toBe("proj_a1");
    for (const project of ["default", null])
      expect((await editDelegation(store, "acme", { role: { project } }, by)).role).toEqual({
        bedrockApiKeys: false,
      });
    const other = { ...acme, name: "other", role: { project: "default" } };
    expect((await createDelegation(store, other, by)).role).toEqual({ bedrockApiKeys: false });
  });

  it("never shares an External ID with another, nor accepts a given one (T8)", async () => {
    const ids = new Set<string | undefined>();
    for (let n = 0; n < 50; n++)
      ids.add((await createDelegation(store, { ...acme, name: `d-${n}` }, by)).externalId);
    expect(ids.size).toBe(50);
    const offered = { ...acme, name: "mine", externalId: [...ids][0] } as DelegationInput;
    expect(await refusal(createDelegation(store, offered, by))).toEqual([
      "invalid",
      'input: has unknown fields: "externalId"',
    ]);
  });

  it("keeps its tags and source identity, whatever the tag's key (T21)", async () => {
    const session = {
      durationSeconds: 900,
      sourceIdentity: "signet@acme",
      tags: [
        ["__proto__", "x"],
        ["constructor", "y"],
      ] as [string, string][],
    };
    await createDelegation(store, { ...acme, session }, by);
    const kept = (await store.delegations.get("acme"))?.session;
    expect(Object.entries(kept?.tags ?? {})).toEqual(session.tags);
    expect(kept?.sourceIdentity).toBe("signet@acme");
  });

  it("without a role requires an account and has no External ID", async () => {
    const { roleArn: _, ...roleless } = acme;
    expect(await refusal(createDelegation(store, roleless, by))).toEqual([
      "invalid",
      "account: is required without a role",
    ]);
    const added = await createDelegation(store, { ...roleless, account: "444455556666" }, by);
    expect(added.account).toBe("444455556666");
    expect(added.externalId).toBeUndefined();
  });

  it("has a unique name, which stays taken after revocation", async () => {
    await createDelegation(store, acme, by);
    await revokeDelegation(store, "acme", by);
    expect(await refusal(createDelegation(store, acme, by))).toEqual([
      "exists",
      'name: a delegation named "acme" already exists',
    ]);
  });

  it("may have a role with a path of many segments, up to IAM's 512 characters", async () => {
    const arn = (within: string) => `arn:aws:iam::111122223333:role${within}signet`;
    const sso = arn("/aws-reserved/sso.amazonaws.com/eu-west-1/");
    expect((await createDelegation(store, { ...acme, roleArn: sso }, by)).roleArn).toBe(sso);
    const longest = `/${"segment/".repeat(63)}seven67/`;
    expect(longest.length).toBe(513);
    const tooLong = { ...acme, name: "other", roleArn: arn(longest) };
    expect(await refusal(createDelegation(store, tooLong, by))).toEqual([
      "invalid",
      expect.stringMatching(/^roleArn: /),
    ]);
    const fits = { ...acme, name: "other", roleArn: arn(longest.replace("seven67", "seven6")) };
    expect((await createDelegation(store, fits, by)).roleArn).toHaveLength(arn("").length + 512);
  });

  it("is refused with all reasons together", async () => {
    const wrong: DelegationInput = {
      name: "-x",
      roleArn: "arn:aws:iam::1:role/x",
      account: "12",
      region: "mars-1",
      grants: [
        {
          models: ["a b", "x".repeat(257)],
          operations: ["Frob"],
          regions: [],
          settings: ["authorization"],
        },
      ],
      session: { durationSeconds: 10, sourceIdentity: "x", tags: [["aws:x", "a\u0000"]] },
    };
    const [code, ...problems] = await refusal(createDelegation(store, wrong, by));
    expect(code).toBe("invalid");
    expect(problems.map((line) => line.split(": ")[0])).toEqual([
      "name",
      "roleArn",
      "account",
      "region",
      "grants[0].operations[0]",
      "grants[0].models[0]",
      "grants[0].models[1]",
      "grants[0].regions",
      "grants[0].settings[0]",
      "session.durationSeconds",
      "session.tags[0][0]",
      "session.tags[0][1]",
      "session.sourceIdentity",
    ]);
  });

  it("must agree with its role on account and partition, and its grants with its region (T12)", async () => {
    const gov = { ...acme, roleArn: "arn:aws-us-gov:iam::111122223333:role/x", account: "999999999999" };
    expect(await refusal(createDelegation(store, gov, by))).toEqual([
      "invalid",
      "account: is not the role's account 111122223333",
      "region: is not in the role's partition aws-us-gov",
    ]);
    const grants = [{ models: ["*"], regions: ["us-gov-west-1"] }];
    expect(await refusal(createDelegation(store, { ...acme, grants }, by))).toEqual([
      "invalid",
      "grants[0].regions: must be in the partition of the delegation's region",
    ]);
  });

  it("is refused if STS would refuse the session policy of its grants", async () => {
    const models = Array.from({ length: 60 }, (_, n) => `anthropic.claude-with-a-rather-long-name-${n}-v1:0`);
    const [, problem] = await refusal(createDelegation(store, { ...acme, grants: [{ models }] }, by));
    expect(problem).toMatch(/^grants: .*2048/);
  });

  it("is refused with the names of missing fields", async () => {
    expect(
      await refusal(createDelegation(store, { grants: [{}] } as unknown as DelegationInput, by)),
    ).toEqual(["invalid", "name: is required", "region: is required"]);
    expect(await refusal(createDelegation(store, { ...acme, grants: [{}] }, by))).toEqual([
      "invalid",
      "grants[0].models: is required",
    ]);
  });

  it.each(HOSTILE)("is refused with %j in any field, and nothing is stored (T22)", async (text) => {
    const fields: Partial<DelegationInput>[] = [
      { name: text },
      { roleArn: `arn:aws:iam::111122223333:role/${text} ` },
      { account: text },
      { region: text },
      { grants: [{ models: [`${text} `] }] },
      { grants: [{ models: ["*"], operations: [text] }] },
      { grants: [{ models: ["*"], regions: [text] }] },
      { grants: [{ models: ["*"], settings: [text] }] },
      { grants: [{ models: ["*"], headers: [text] }] },
      { role: { project: text } },
      { session: { sourceIdentity: `${text} ` } },
      { session: { tags: [[`${text}\u0000`, ""]] } },
    ];
    for (const field of fields) {
      const [code] = await refusal(createDelegation(store, { ...acme, ...field }, by));
      expect([code, Object.keys(field)]).toEqual(["invalid", Object.keys(field)]);
    }
    await withApp();
    const unknown = ["not_found", "invalid"];
    for (const attempt of [
      suspendDelegation(store, text, by),
      editDelegation(store, text, {}, by),
      rotateExternalId(store, text, by),
      revokeClient(store, text, by),
      revokeDelegation(store, text, by),
      joinDelegation(store, text, { delegation: "acme" }, by),
      joinDelegation(store, "app", { delegation: text }, by),
      createKey(store, { client: text }, by),
      createKey(store, { client: "app", delegation: text }, by),
      createKey(store, { client: "app", expiresIn: text }, by),
      rotateKey(store, text, {}, by),
      revokeKey(store, text, by),
    ])
      expect(unknown).toContain((await refusal(attempt))[0]);
    expect(await store.delegations.list()).toHaveLength(1);
    expect(await store.keys.list()).toEqual([]);
  });
});

describe("a client", () => {
  it("gets what its delegation allows, or less", async () => {
    await createDelegation(store, acme, by);
    await createDelegation(store, { ...acme, name: "second" }, by);
    const client = await addClient(store, { name: "app", delegations: [{ delegation: "acme" }] }, by);
    expect(client).toEqual({
      name: "app",
      delegations: [{ delegation: "acme", grants: null }],
      createdAt: NOW,
    });
    await joinDelegation(store, "app", { delegation: "second", grants: [{ operations: ["Converse"] }] }, by);
    expect((await store.clients.get("app"))?.delegations[1]).toEqual({
      delegation: "second",
      grants: [
        {
          operations: ["Converse"],
          models: ["us.anthropic.claude-*"],
          regions: ["us-east-1"],
          settings: ["trace"],
        },
      ],
    });
    expect((await refusal(joinDelegation(store, "app", { delegation: "acme" }, by)))[0]).toBe("exists");
  });

  it("can't get what its delegation lacks; the error names each part", async () => {
    await createDelegation(store, acme, by);
    const grants = [
      {
        operations: ["Converse", "ApplyGuardrail"] as ("Converse" | "ApplyGuardrail")[],
        models: ["eu.*"],
        regions: ["eu-west-1"],
        settings: ["serviceTier"],
      },
    ];
    const [, ...problems] = await refusal(
      addClient(store, { name: "app", delegations: [{ delegation: "acme", grants }] }, by),
    );
    expect(problems).toEqual([
      expect.stringMatching(
        /^delegations\[0\]\.grants\[0\]\.operations\[1\]: ApplyGuardrail is not granted by the delegation/,
      ),
      expect.stringMatching(/^delegations\[0\]\.grants\[0\]\.models\[0\]: eu\.\* is not granted/),
      expect.stringMatching(/^delegations\[0\]\.grants\[0\]\.regions\[0\]: eu-west-1 is not granted/),
      expect.stringMatching(/^delegations\[0\]\.grants\[0\]\.settings\[0\]: serviceTier is not granted/),
    ]);
    expect(await store.clients.list()).toEqual([]);
  });

  it("can't combine parts of different grants", async () => {
    const apart = [
      { operations: ["Converse" as const], models: ["us.anthropic.*"] },
      { operations: ["CountTokens" as const], models: ["amazon.*"] },
    ];
    await createDelegation(store, { ...acme, grants: apart }, by);
    const grants = [{ operations: ["CountTokens" as const], models: ["us.anthropic.*"] }];
    expect(
      await refusal(addClient(store, { name: "app", delegations: [{ delegation: "acme", grants }] }, by)),
    ).toEqual([
      "invalid",
      "delegations[0].grants[0]: no single grant of the delegation holds these together",
    ]);
  });

  it("can't be added to a delegation that is revoked or doesn't exist", async () => {
    await createDelegation(store, acme, by);
    await revokeDelegation(store, "acme", by);
    const joining = (delegation: string) =>
      refusal(addClient(store, { name: "app", delegations: [{ delegation }] }, by));
    expect((await joining("acme"))[0]).toBe("wrong_state");
    expect((await joining("nowhere"))[0]).toBe("not_found");
  });
});

describe("a key", () => {
  it("is found by its digest: no file holds its secret (T26, T29)", async () => {
    await withApp();
    const { key, secret } = await createKey(store, { client: "app", expiresIn: "90d" }, by);
    expect(key).toEqual({
      id: keyIdOf(secret.reveal()),
      client: "app",
      delegation: "acme",
      grants: null,
      digest: keyDigest(secret.reveal()),
      createdAt: NOW,
      expiresAt: NOW + 90 * 24 * HOUR,
    });
    expect(await store.keys.get(key.id)).toEqual(key);
    for (const name of readdirSync(folder))
      expect(readFileSync(path.join(folder, name)).includes(secret.reveal().slice(17))).toBe(false);
  });

  it("must name its delegation if its client has several", async () => {
    await withApp();
    await createDelegation(store, { ...acme, name: "second" }, by);
    await joinDelegation(store, "app", { delegation: "second" }, by);
    expect(await refusal(createKey(store, { client: "app" }, by))).toEqual([
      "invalid",
      "delegation: must be named: app belongs to acme, second",
    ]);
    expect((await createKey(store, { client: "app", delegation: "second" }, by)).key.delegation).toBe(
      "second",
    );
  });

  it("can't get what its client lacks", async () => {
    await createDelegation(store, acme, by);
    const narrow = { delegation: "acme", grants: [{ models: ["us.anthropic.claude-haiku-*"] }] };
    await addClient(store, { name: "app", delegations: [narrow] }, by);
    const [, problem] = await refusal(
      createKey(store, { client: "app", grants: [{ models: ["us.anthropic.claude-opus-*"] }] }, by),
    );
    expect(problem).toMatch(/^grants\[0\]\.models\[0\]: .* is not granted by the client/);
  });

  it("keeps the first date when revoked again", async () => {
    await withApp();
    const { key } = await createKey(store, { client: "app" }, by);
    await revokeKey(store, key.id, by);
    await revokeKey(store, key.id, at(NOW + 5));
    expect((await store.keys.get(key.id))?.revokedAt).toBe(NOW);
    expect((await refusal(rotateKey(store, key.id, {}, by)))[0]).toBe("wrong_state");
  });

  it("keeps working for the overlap after its rotation, and its successor has the same lifetime", async () => {
    await withApp();
    const { key } = await createKey(
      store,
      { client: "app", grants: [{ operations: ["Converse"] }], expiresIn: "30d" },
      by,
    );
    const later = at(NOW + HOUR);
    const rotated = await rotateKey(store, key.id, {}, later);
    expect(rotated.old.expiresAt).toBe(NOW + 25 * HOUR);
    expect(await store.keys.get(key.id)).toEqual(rotated.old);
    expect(rotated.key).toMatchObject({
      client: "app",
      delegation: "acme",
      grants: key.grants,
      rotatedFrom: key.id,
      expiresAt: NOW + HOUR + 30 * 24 * HOUR,
    });
    expect(rotated.secret.reveal()).toContain(rotated.key.id);
  });

  it("never lives longer because it is rotated", async () => {
    await withApp();
    const { key } = await createKey(store, { client: "app", expiresIn: "2h" }, by);
    await rotateKey(store, key.id, { overlap: "7d" }, by);
    expect((await store.keys.get(key.id))?.expiresAt).toBe(NOW + 2 * HOUR);
    expect((await refusal(rotateKey(store, key.id, {}, at(NOW + 3 * HOUR))))[0]).toBe("wrong_state");
  });

  it("isn't issued under a revoked delegation", async () => {
    await withApp();
    const { key } = await createKey(store, { client: "app" }, by);
    await revokeDelegation(store, "acme", by);
    expect((await refusal(createKey(store, { client: "app" }, by)))[0]).toBe("wrong_state");
    expect((await refusal(rotateKey(store, key.id, {}, by)))[0]).toBe("wrong_state");
    expect(await store.keys.list()).toHaveLength(1);
  });
});
