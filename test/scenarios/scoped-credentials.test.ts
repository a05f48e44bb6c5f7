/** Grants whose session policy is too large for one: sessions are narrowed in several steps, where that is allowed. */
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { profilesIn } from "../../sandbox/bedrock/catalogue.ts";
import { PROFILES as CATALOGUED } from "../../src/bedrock/catalogue.ts";
import { DEFAULT_ROLE, type Grant } from "../../src/core/delegation.ts";
import type { Expiring } from "../../src/credentials/sts.ts";
import { rolePolicy } from "../../src/iam/role-policy.ts";
import { POLICY_NAME } from "../../src/iam/template.ts";
import { DEFAULT_OPERATIONS } from "../../src/registry/grants.ts";
import { signet as run } from "../support/command.ts";
import { delegateRole, OWNER, policy, type DelegatedRole } from "../support/delegated-role.ts";
import { newDelegation, newWorld, type World } from "../support/world.ts";

/** Called in the sandbox; the rest makes the policy as large as an account's list of profiles would. */
const ENDED = "2026-12-01";
const NO_TEXT = ["cohere-embed", "none"];
const CALLED = profilesIn("us-east-1")
  .filter(({ id, model: { endOfLife = "9999" } }) => id.startsWith("us.") && endOfLife > ENDED)
  .filter(({ model }) => !NO_TEXT.includes(model.family))
  .map(({ id }) => id);
const rest = CATALOGUED.filter(({ id }) => id.startsWith("us.") && !CALLED.includes(id)).map(({ id }) => id);
const FORTY = [...CALLED, ...rest].slice(0, 40);

const grants: Grant[] = [
  { operations: [...DEFAULT_OPERATIONS], models: FORTY, regions: ["us-east-1"], settings: [] },
];
const role = { ...DEFAULT_ROLE, scopedCredentials: true };

describe("forty profiles by their exact names", () => {
  let world: World;
  const sessions: Expiring[] = [];
  beforeAll(async () => {
    world = await newWorld({
      grants,
      delegation: { role },
      credentials: (source) => ({
        ...source,
        async scoped(request) {
          const answer = await source.scoped(request);
          sessions.push(answer);
          return answer;
        },
      }),
    });
    const permissions = rolePolicy({ ...newDelegation(world.roleArn, grants), role });
    world.sandbox.iam.putPolicy({ arn: world.roleArn, policyName: "bedrock", policy: permissions });
  });
  afterAll(() => world.close());

  const converse = (model: string) =>
    fetch(`${world.gateway.url}/model/${encodeURIComponent(model)}/converse`, {
      method: "POST",
      headers: { "x-api-key": world.token, "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] }),
    });

  it("are each called through the gateway, with one session narrowed step by step", async () => {
    expect(FORTY).toHaveLength(40);
    expect(CALLED.length).toBeGreaterThan(10);
    for (const model of CALLED.filter((id) => FORTY.includes(id)))
      expect([model, (await converse(model)).status]).toEqual([model, 200]);
    const asked = world.sandbox.calls().filter(({ service }) => service === "sts");
    const [first, ...further] = asked.map(({ operation }) => operation);
    expect(first).toBe("AssumeRole");
    expect(further.length).toBeGreaterThan(0);
    expect(new Set(further)).toEqual(new Set(["GetScopedCredentials"]));
    for (const { requestParameters } of asked)
      expect(requestParameters?.["Policy"]?.length).toBeLessThanOrEqual(2048);
    // Who calls is who assumed the role.
    const callers = world.sandbox.calls().filter(({ service }) => service === "bedrock");
    expect(new Set(callers.map(({ roleSessionName }) => roleSessionName))).toEqual(new Set(["signet-app"]));
  });

  it("are all that the session may call, even without the gateway", async () => {
    await converse(CALLED[0] ?? "");
    const { credentials } = sessions.at(-1)!;
    const direct = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: world.sandbox.url,
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey.reveal(),
        sessionToken: credentials.sessionToken?.reveal() ?? "",
      },
      maxAttempts: 1,
    });
    const call = (modelId: string) =>
      direct.send(new ConverseCommand({ modelId, messages: [{ role: "user", content: [{ text: "hi" }] }] }));
    await call(CALLED[0] ?? "");
    // The role would allow it.
    world.sandbox.iam.putPolicy({
      arn: world.roleArn,
      policyName: "all",
      policy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "bedrock:*", Resource: "*" }],
      },
    });
    const notGranted = profilesIn("us-east-1")
      .map(({ id }) => id)
      .filter((id) => /^(?:us|global)\./.test(id) && !FORTY.includes(id));
    expect(notGranted.length).toBeGreaterThan(0);
    for (const id of notGranted)
      await expect(call(id), id).rejects.toMatchObject({ name: "AccessDeniedException" });
    world.sandbox.iam.deletePolicy({ arn: world.roleArn, policyName: "all" });
  });
});

describe("a role whose sessions are narrowed in several steps", () => {
  let delegated: DelegatedRole;
  beforeAll(async () => {
    delegated = await delegateRole({ grants, role });
    delegated.makeRole();
  });
  afterAll(() => delegated.close());

  const sessionProbe = async () => {
    const { probes } = await delegated.verify();
    return probes.find(({ probe }) => probe === "session_policy");
  };

  it("is verified with all of them, and the report says how many", async () => {
    const { probes } = await delegated.verify({ deep: true });
    const found = probes.find(({ probe }) => probe === "session_policy");
    expect(found).toMatchObject({ status: "pass" });
    expect(found?.answer).toMatch(
      /^allowed, narrowed in [234] steps: by AssumeRole, and [123] × by GetScopedCredentials$/,
    );
    // The sandbox doesn't have all of the models.
    const own = probes.filter(({ probe }) => CALLED.some((id) => probe.endsWith(`:${id}`)));
    expect(own.length).toBeGreaterThan(CALLED.length);
    expect(new Set(own.map(({ status }) => status))).toEqual(new Set(["pass"]));
    const others = probes.filter(({ probe }) => !probe.startsWith("call:"));
    expect(others.filter(({ status, required }) => required && status !== "pass")).toEqual([]);
  });

  it("needs the permission for it where AWS asks for that: the fix is the role's policy", async () => {
    const withoutIt = rolePolicy({ ...delegated.delegation, role: DEFAULT_ROLE });
    delegated.put(POLICY_NAME, ...withoutIt.Statement);
    const found = await sessionProbe();
    expect([found?.status, found?.cause]).toEqual(["fail", "role_policy"]);
    expect(JSON.stringify(found?.fix?.policy)).toContain('"sts:GetScopedCredentials"');
    expect(found?.fix && delegated.apply(found.fix)).toBe(true);
    expect((await sessionProbe())?.status).toBe("pass");
  });

  it("needs an STS that has the operation, which the finding says", async () => {
    const { parts } = delegated;
    const missing = Object.assign(new Error("Could not find operation GetScopedCredentials"), {
      name: "InvalidAction",
      $metadata: { httpStatusCode: 400, requestId: "r" },
    });
    delegated.parts = { ...parts, source: { ...parts.source, scoped: () => Promise.reject(missing) } };
    const found = await sessionProbe();
    expect([found?.status, found?.cause]).toEqual(["fail", "configuration"]);
    expect(found?.fix?.advice).toContain("aws.endpoints.sts");
    delegated.parts = parts;
  });

  it("may be denied it by the organization, which the finding says", async () => {
    const account = OWNER;
    const policies = [
      policy({ Effect: "Allow", Action: "*", Resource: "*" }),
      policy({ Effect: "Deny", Action: "sts:GetScopedCredentials", Resource: "*" }),
    ];
    delegated.sandbox.iam.setServiceControlPolicies({ account, policies });
    const found = await sessionProbe();
    expect(found?.cause).toBe("service_control_policy");
    expect(found?.fix?.advice).toContain("sts:GetScopedCredentials");
    delegated.sandbox.iam.setServiceControlPolicies({ account, policies: null });
  });
});

describe("the setting", () => {
  let cwd: string;
  beforeAll(() => void (cwd = mkdtempSync(path.join(tmpdir(), "signet-scoped-"))));
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));
  const models = FORTY.map((model) => `--model ${model}`).join(" ");
  const create = `delegation create acme --account 111122223333 --region us-east-1 ${models}`;

  it("is off: such grants are refused, and the message names it", async () => {
    const { status, err } = await run(create, { cwd, env: {} });
    expect(status).not.toBe(0);
    expect(err).toContain("--scoped-credentials");
  });

  it("lets them be made; the policies of all steps are shown", async () => {
    expect((await run(`${create} --scoped-credentials`, { cwd, env: {} })).err).not.toContain("characters");
    const shown = await run("policy session acme --json", { cwd, env: {} });
    const steps = JSON.parse(shown.out) as { policy: object; further: object[] };
    expect([steps.policy, ...steps.further].every((each) => JSON.stringify(each).length <= 2048)).toBe(true);
    expect((await run("policy role acme", { cwd, env: {} })).out).toContain("sts:GetScopedCredentials");
    expect((await run("delegation show acme", { cwd, env: {} })).out).toContain("narrowed in several steps");
  });

  it("can't be taken from a delegation that needs it", async () => {
    const { status, err } = await run("delegation edit acme --no-scoped-credentials", { cwd, env: {} });
    expect(status).not.toBe(0);
    expect(err).toContain("--scoped-credentials");
  });

  it("asks for no permission where it isn't set", () => {
    const few = [{ ...grants[0]!, models: FORTY.slice(0, 12) }];
    const plain = rolePolicy(newDelegation("arn:aws:iam::111122223333:role/x", few));
    expect(JSON.stringify(plain)).not.toContain("sts:");
  });
});
