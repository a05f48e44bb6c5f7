/** A delegation's life at the command line, against the sandbox, as in the guides. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seedDefaults, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Delegation } from "../../src/core/delegation.ts";
import type { Verification } from "../../src/core/verification.ts";
import type { DelegationTemplate, PolicyDocument } from "../../src/iam/document.ts";
import { signet as run, type Ended } from "../support/command.ts";
import { startServe } from "../support/process.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { HAIKU, until } from "../support/world.ts";

const ACCOUNT = "111122223333";
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/signet-acme`;
const CREATE = `delegation create acme --account ${ACCOUNT} --region us-east-1 --model 'us.anthropic.claude-3-5-haiku-*'`;

// Each test starts a dozen processes in sequence, concurrently with other tests on few cores.
vi.setConfig({ testTimeout: 300_000 });

let sandbox: Sandbox;
let cwd: string;
let env: Record<string, string>;

beforeEach(async () => {
  sandbox = await startSandbox();
  cwd = mkdtempSync(path.join(tmpdir(), "signet-operator-"));
  const base = seedDefaults(sandbox);
  env = {
    AWS_ACCESS_KEY_ID: base.accessKeyId,
    AWS_SECRET_ACCESS_KEY: base.secretAccessKey,
    AWS_ENDPOINT_URL: sandbox.url,
  };
});
afterEach(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

const signet = (line: string): Promise<Ended> => run(line, { cwd, env });

async function json<T>(line: string): Promise<T> {
  const { out, err, status } = await signet(`${line} --json`);
  expect([line, out === "" ? err : "", status === null]).toEqual([line, "", false]);
  return JSON.parse(out) as T;
}

/** The account owner applies the template. */
async function makeRole(trust?: object): Promise<void> {
  const template = await json<DelegationTemplate>("delegation template acme");
  sandbox.iam.createRole({
    account: ACCOUNT,
    roleName: template.roleName,
    trustPolicy: trust ?? template.trustPolicy,
    inlinePolicies: { [template.policyName]: template.permissions },
  });
}

/** Allowed calls to Bedrock by sessions of probes. */
function probeCalls(): number {
  return sandbox
    .calls()
    .filter(
      ({ service, roleSessionName, status }) =>
        service === "bedrock" && roleSessionName === "signet-probe" && status === 200,
    ).length;
}

async function trustPolicy(): Promise<PolicyDocument> {
  return JSON.parse((await signet("policy trust acme")).out) as PolicyDocument;
}

describe("an operator and an account owner", () => {
  it("delegate a role: created, templated, verified by probes, used, and revoked on both sides", async () => {
    const created = await json<Delegation>(CREATE);
    expect(created).toMatchObject({
      state: "pending",
      roleArn: ROLE_ARN,
      trust: { principal: "arn:aws:iam::123456789012:user/signet" },
    });
    const early = await signet("delegation verify acme");
    expect(early.status).toBe(1);
    expect(early.out).toContain("✗ Signet can assume the role with the External ID");
    expect(early.out).toContain("aws iam update-assume-role-policy --role-name signet-acme");
    expect(early.out).toContain("acme stays pending: its callers are refused");

    await makeRole();
    const verified = await json<Verification & { state: string }>("delegation verify acme --deep");
    expect(verified).toMatchObject({ verdict: "pass", unenforced: false, state: "active" });
    expect(verified.probes.map(({ probe }) => probe)).toEqual(
      expect.arrayContaining([
        "base_identity",
        "clock",
        "assume_with_external_id",
        "assume_without_external_id",
        "assume_with_wrong_external_id",
        "session_duration",
        `call:ConverseStream:us-east-1:${HAIKU}`,
        "not_granted:Converse",
        "not_granted:ListFoundationModels",
        "call_with_session_policy",
        "beyond:iam:ListRoles",
      ]),
    );
    const shown = await signet("delegation show acme");
    expect(shown.out).toMatch(/verified +pass \(full\)/);

    await signet("client add app --delegation acme");
    const { out: secret } = await signet("key create app");
    const serving = await startServe({ data: path.join(cwd, "signet-data"), env });
    const call = request({
      path: `/model/${encodeURIComponent(HAIKU)}/converse`,
      headers: [`x-api-key: ${secret.trim()}`],
      body: converseBody("hello"),
    });
    expect((await raw(serving.url, call)).status).toBe(200);

    expect((await signet("delegation prove-revoked acme")).err).toContain("acme is active");
    expect((await signet("delegation revoke acme --reason over")).status).toBe(0);
    await until(async () => ((await raw(serving.url, call)).status === 403 ? true : undefined));
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);

    const still = await signet("delegation prove-revoked acme --wait 0s");
    expect(still.status).toBe(1);
    expect(still.out).toContain("✗ An earlier session is denied");
    expect(still.out).toContain("AWSRevokeOlderSessions");
    sandbox.iam.deleteRole({ roleArn: ROLE_ARN });
    const gone = await signet("delegation prove-revoked acme --wait 0s");
    expect(gone.out).toContain("✓ The role can no longer be assumed");
    expect(gone.out).toContain("? An earlier session is denied");

    const changes = await signet("audit changes");
    for (const action of ["delegation.create", "delegation.activate", "client.add", "key.create"])
      expect(changes.out).toContain(action);
    expect(changes.out).toMatch(/delegation\.revoke +delegation\/acme +by cli:/);
    expect(changes.out).toContain("because over");
  });

  it("see an old session denied, as soon as the owner's policy takes effect", async () => {
    await signet(CREATE);
    await makeRole();
    await signet("delegation verify acme");
    await signet("delegation revoke acme");
    const before = probeCalls();
    const watching = signet("delegation prove-revoked acme --wait 1m");
    await until(() => (probeCalls() >= before + 2 ? true : undefined));
    const { out } = await signet(`policy revoke acme --before ${new Date(Date.now() + 2000).toISOString()}`);
    sandbox.iam.putPolicy({ arn: ROLE_ARN, policyName: "AWSRevokeOlderSessions", policy: out });
    const Statement = { Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
    sandbox.iam.updateTrust({
      roleArn: ROLE_ARN,
      trustPolicy: { Version: "2012-10-17", Statement: [Statement] },
    });
    const { status, out: shown } = await watching;
    expect(shown).toContain("✓ The role can no longer be assumed");
    expect(shown).toContain("✓ An earlier session is denied");
    expect(status).toBe(0);
  });

  it("rotate an External ID without an interruption", async () => {
    const before = await json<Delegation>(CREATE);
    await makeRole();
    await signet("delegation verify acme");
    const next = (await signet("delegation rotate-external-id acme")).out.trim();
    const unfixed = await signet("delegation verify acme");
    expect(unfixed.out).toContain("✗ The role accepts the next External ID");
    expect((await json<Delegation>("delegation show acme")).externalId).toBe(before.externalId);

    const both = await trustPolicy();
    sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: both });
    expect((await signet("delegation verify acme")).out).toContain("acme uses its new External ID");
    const adopted = await json<Delegation>("delegation show acme");
    expect(adopted).toMatchObject({
      externalId: next,
      previousExternalId: before.externalId,
      state: "active",
    });

    const alone = await trustPolicy();
    expect(JSON.stringify(alone)).not.toContain(before.externalId ?? "");
    sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: alone });
    expect((await signet("delegation verify acme")).out).toContain("The rotation is complete");
    expect((await json<Delegation>("delegation show acme")).previousExternalId).toBeUndefined();
  });

  it("suspend, and resume after a verification", async () => {
    await signet(CREATE);
    await makeRole();
    await signet("delegation verify acme");
    expect((await signet("delegation resume acme")).err).toContain("acme is active, not suspended");
    await signet("delegation suspend acme --reason 'ticket 1'");
    const template = await json<DelegationTemplate>("delegation template acme");
    const Statement = template.trustPolicy.Statement.map(({ Condition: _condition, ...rest }) => rest);
    sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: { Version: "2012-10-17", Statement } });
    const refused = await signet("delegation resume acme");
    expect([refused.status, refused.out]).toEqual([1, expect.stringContaining("acme stays suspended")]);
    sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: template.trustPolicy });
    const resumed = await signet("delegation resume acme");
    expect([resumed.status, resumed.out]).toEqual([0, expect.stringContaining("acme is now active")]);
  });
});

describe("signet serve", () => {
  it("suspends a delegation whose role stopped requiring its External ID, records it and counts it", async () => {
    await signet(CREATE);
    await makeRole();
    await signet("delegation verify acme");
    const template = await json<DelegationTemplate>("delegation template acme");
    const Statement = template.trustPolicy.Statement.map(({ Condition: _condition, ...rest }) => rest);
    sandbox.iam.updateTrust({ roleArn: ROLE_ARN, trustPolicy: { Version: "2012-10-17", Statement } });

    writeFileSync(path.join(cwd, "signet.yaml"), "prometheus: { port: 0 }\n");
    const data = path.join(cwd, "signet-data");
    const configured = { ...env, SIGNET_CONFIG: path.join(cwd, "signet.yaml") };
    const serving = await startServe({ data, env: configured });
    await until(async () => {
      const { state } = await json<Delegation>("delegation show acme");
      return state === "suspended" ? true : undefined;
    });
    const url = await until(() => /"url":"([^"]+\/metrics)"/.exec(serving.log.join("\n"))?.[1]);
    const counted = 'signet_delegation_suspensions_total{delegation="acme"} 1';
    await until(async () => ((await (await fetch(url)).text()).includes(counted) ? true : undefined));
    const recorded = await until(async () => {
      const { out } = await signet("audit changes --subject delegation/acme");
      return out.includes("delegation.suspend") ? out : undefined;
    });
    expect(recorded).toContain("by signet:verify");
    expect(recorded).toContain("without its External ID");
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toBe(0);
  });
});
