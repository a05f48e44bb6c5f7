/** The direct pattern: Bedrock API keys that AWS's SDK uses without Signet, and what they can't do. */
import { request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { PROFILES } from "../../src/bedrock/catalogue.ts";
import { issueBedrockKey, type IssuedBedrockKey, type KeyRequest } from "../../src/bedrock-key/issue.ts";
import type { Client, Delegation, Grant } from "../../src/core/delegation.ts";
import { Secret } from "../../src/core/secret.ts";
import { awsCredentialSource, type CredentialSource } from "../../src/credentials/sts.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "../../src/iam/revocation-policy.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { movableClock, type MovableClock } from "../support/clock.ts";
import { converseBody } from "../support/http.ts";
import { delegateRole, newDelegation } from "../support/world.ts";

const LITE = "amazon.nova-lite-v1:0";
const MICRO = "amazon.nova-micro-v1:0";

let clock: MovableClock;
let sandbox: Sandbox;
let folder: string;
let store: Store;
let source: CredentialSource;
let roleArn: string;

beforeEach(async () => {
  clock = movableClock();
  sandbox = await startSandbox({ clock: () => clock.now() });
  const base = seedDefaults(sandbox);
  roleArn = delegateRole(sandbox, base.userArn);
  folder = mkdtempSync(path.join(tmpdir(), "signet-direct-"));
  store = await openSqliteStore(path.join(folder, "signet.db"));
  source = awsCredentialSource({
    fips: false,
    dualstack: false,
    endpoint: sandbox.url,
    base: { accessKeyId: base.accessKeyId, secretAccessKey: new Secret(base.secretAccessKey) },
  });
});
afterEach(async () => {
  await store.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const grant = (models: string[], regions = ["us-east-1"]): Grant => ({
  operations: ["Converse"],
  models,
  regions,
  settings: [],
});

/** A delegation whose role may use all of Bedrock: only the session narrows a key. */
async function delegate(change: Partial<Delegation> = {}, own: Grant[] | null = null): Promise<void> {
  const delegation = newDelegation(roleArn, [grant([LITE])]);
  await store.delegations.add({ ...delegation, role: { bedrockApiKeys: true }, ...change });
  const client: Client = {
    name: "app",
    delegations: [{ delegation: "team-a", grants: own }],
    createdAt: 0,
  };
  await store.clients.add(client);
}

function issue(change: Partial<KeyRequest> = {}, from = source): Promise<IssuedBedrockKey> {
  const asked = { delegation: "team-a", client: "app", expiresInSeconds: 43_200, ...change };
  return issueBedrockKey({ store, source: from, operator: { actor: "cli:alice", clock } }, asked);
}

/** With AWS's own SDK, as in an environment with AWS_BEARER_TOKEN_BEDROCK. */
async function converse({ token }: IssuedBedrockKey, modelId = LITE): Promise<string> {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: sandbox.url,
    token: { token: token.reveal() },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  const messages = [{ role: "user" as const, content: [{ text: "hello" }] }];
  try {
    const { output } = await client.send(new ConverseCommand({ modelId, messages }));
    return output?.message?.content?.[0]?.text ?? "";
  } catch (error) {
    return String(error);
  } finally {
    client.destroy();
  }
}

/** The endpoint of a region, by its host name. */
function statusIn(region: string, { token }: IssuedBedrockKey): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: `bedrock-runtime.${region}.amazonaws.com`,
      authorization: `Bearer ${token.reveal()}`,
      "content-type": "application/json",
    };
    const options = { method: "POST", path: `/model/${encodeURIComponent(LITE)}/converse`, headers };
    request(sandbox.url, options, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end(converseBody("hello"));
  });
}

const changes = () => store.changes.pending(10);

describe("a Bedrock API key from a delegation", () => {
  it("calls a granted model in its region, and nothing else that the role could", async () => {
    await delegate({ grants: [grant([LITE, MICRO], ["us-east-1", "us-west-2"])] }, [
      grant([LITE], ["us-east-1", "us-west-2"]),
      grant([MICRO], ["us-west-2"]),
    ]);
    const key = await issue();
    expect(await converse(key)).toContain("You said");
    expect(await converse(key, MICRO)).toContain("AccessDeniedException");
    expect(await statusIn("us-east-1", key)).toBe(200);
    expect(await statusIn("us-west-2", key)).toBe(403);
    expect(key).toMatchObject({ region: "us-east-1", grants: [grant([LITE])], sessionSeconds: 3600 });
  });

  it("has grants that fit in no single session policy, where its session may be narrowed in several steps", async () => {
    const profiles = PROFILES.filter(({ id }) => id.startsWith("us.")).map(({ id }) => id);
    const many = [grant([...profiles.slice(0, 45), LITE])];
    await delegate({ grants: many, role: { bedrockApiKeys: true, scopedCredentials: true } });
    const policyName = "narrowing";
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:GetScopedCredentials", Resource: "*" }],
    };
    sandbox.iam.putPolicy({ arn: roleArn, policyName, policy });
    const key = await issue();
    expect(await converse(key)).toContain("You said");
    expect(await converse(key, MICRO)).toContain("AccessDeniedException");
    expect(sandbox.calls().map(({ operation }) => operation)).toContain("GetScopedCredentials");
  });

  it("expires when it says, at the latest with its session", async () => {
    await delegate();
    const key = await issue({ expiresInSeconds: 600 });
    const session = await issue();
    expect(Math.round((session.expiresAt - clock.now()) / 60_000)).toBe(60);
    clock.advance(590);
    expect(await converse(key)).toContain("You said");
    clock.advance(20);
    expect(await converse(key)).toContain("Bearer Token has expired");
    expect(await converse(session)).toContain("You said");
    clock.advance(3000);
    expect(await converse(session)).toContain("Bearer Token has expired");
  });

  it("can be ended earlier only by a policy at the role, not by a revocation in Signet", async () => {
    await delegate();
    const key = await issue();
    await store.clients.revoke("app", clock.now());
    expect(await converse(key)).toContain("You said");
    sandbox.iam.putPolicy({
      arn: roleArn,
      policyName: REVOCATION_POLICY_NAME,
      policy: revocationPolicy(new Date(clock.now() + 1000)),
    });
    expect(await converse(key)).toContain("explicit deny");
  });

  it("shows its client in AWS's log, and is recorded with its creator but without the key (T23, T26)", async () => {
    await delegate();
    const key = await issue();
    await converse(key);
    const call = sandbox.calls().find(({ service }) => service === "bedrock");
    expect(call?.roleSessionName).toBe("signet-app");
    const recorded = await changes();
    expect(recorded).toMatchObject([
      {
        actor: "cli:alice",
        action: "bedrock-key.mint",
        subject: "client/app",
        after: {
          delegation: "team-a",
          region: "us-east-1",
          expiresAt: new Date(key.expiresAt).toISOString(),
        },
      },
    ]);
    expect(JSON.stringify(recorded)).not.toContain("bedrock-api-key-");
  });
});

describe("no Bedrock API key is created", () => {
  it.each<[string, Partial<Delegation>, string]>([
    ["that is suspended", { state: "suspended" }, "delegation: team-a is suspended"],
    ["that allows none", { role: { bedrockApiKeys: false } }, "delegation edit team-a --bedrock-api-keys"],
    ["granted in other regions", { grants: [grant([LITE], ["us-west-2"])] }, "app is granted nothing"],
  ])("under a delegation %s; STS isn't asked", async (_what, change, message) => {
    await delegate(change);
    await expect(issue()).rejects.toThrow(message);
    expect([sandbox.calls(), await changes()]).toEqual([[], []]);
  });

  it("from Signet's own credentials, which could do everything that Signet can", async () => {
    const { roleArn: _role, externalId: _id, ...rest } = newDelegation(roleArn, [grant([LITE])]);
    await store.delegations.add({ ...rest, role: { bedrockApiKeys: true } });
    const client = { name: "app", delegations: [{ delegation: "team-a", grants: null }], createdAt: 0 };
    await store.clients.add(client);
    await expect(issue()).rejects.toThrow("team-a has no role");
    expect(await changes()).toEqual([]);
  });

  it("for a client that is revoked, a stranger or unknown", async () => {
    await delegate();
    await store.clients.add({ name: "other", delegations: [], createdAt: 0 });
    await expect(issue({ client: "other" })).rejects.toThrow("other doesn't belong to team-a");
    await expect(issue({ client: "nobody" })).rejects.toThrow('there is no client "nobody"');
    await store.clients.revoke("app", clock.now());
    await expect(issue()).rejects.toThrow("app is revoked");
    expect(sandbox.calls()).toEqual([]);
  });

  it("if the delegation is revoked during the call to STS", async () => {
    await delegate();
    const slow: CredentialSource = {
      ...source,
      async assumeRole(asked) {
        const session = await source.assumeRole(asked);
        const delegation = await store.delegations.get("team-a");
        if (delegation) await store.delegations.update({ ...delegation, state: "revoked" });
        return session;
      },
    };
    await expect(issue({}, slow)).rejects.toThrow("team-a is revoked");
    expect(await changes()).toEqual([]);
  });

  it("if STS refuses, and the error has AWS's reason without the External ID", async () => {
    await delegate({ externalId: "sgx-another-external-id" });
    const refused = issue();
    await expect(refused).rejects.toThrow(/AccessDenied.*signet delegation verify team-a/);
    await expect(refused).rejects.not.toThrow("sgx-another");
    expect(await changes()).toEqual([]);
  });
});
