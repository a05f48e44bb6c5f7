/** Probes of a role, against the sandbox: roles that are correct, too broad, and fixed. */
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation } from "../../src/core/delegation.ts";
import {
  CLAUDE,
  EXTERNAL_ID,
  HAIKU,
  OWNER,
  delegateRole,
  named,
  open,
  policy,
  ROLE_ARN,
  type DelegatedRole,
} from "../support/delegated-role.ts";

let delegated: DelegatedRole;
afterEach(() => delegated.close());

const assumeBy = (AWS: string, Condition?: object, Action: string | string[] = "sts:AssumeRole") => ({
  Effect: "Allow",
  Principal: { AWS },
  Action,
  ...(Condition && { Condition }),
});
const idEquals = (id: string | string[] = EXTERNAL_ID) => ({ StringEquals: { "sts:ExternalId": id } });

describe("a role created from its template", () => {
  const tagged = { durationSeconds: 900, tags: { team: "a", "cost-center": "7" }, sourceIdentity: "signet" };
  const sonnet = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
  const roles: [string, Partial<Delegation>][] = [
    ["for one profile", {}],
    ["for every operation on profiles", { grants: [{ ...CLAUDE, operations: ["*"] }] }],
    ["for everything", { grants: [{ ...CLAUDE, operations: ["*"], models: ["*"] }] }],
    ["for a global profile", { grants: [{ ...CLAUDE, models: [sonnet] }] }],
    [
      "for a foundation model",
      { grants: [{ ...CLAUDE, operations: ["*"], models: ["amazon.nova-lite-v1:0"] }] },
    ],
    [
      "for embeddings",
      { grants: [{ ...CLAUDE, operations: ["*"], models: ["cohere.embed-*", "amazon.titan-*"] }] },
    ],
    [
      "for ARNs",
      {
        grants: [
          {
            ...CLAUDE,
            operations: ["*"],
            models: [
              `arn:aws:bedrock:us-east-1:${OWNER}:inference-profile/us.amazon.*`,
              "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-*",
            ],
          },
        ],
      },
    ],
    [
      "for a guardrail",
      {
        grants: [
          { ...CLAUDE, operations: ["ApplyGuardrail", "Converse"], models: [HAIKU, "guardrail/abc123"] },
        ],
      },
    ],
    ["that requires a guardrail", { role: { ...DEFAULT_ROLE, requiredGuardrail: "abc123:2" } }],
    ["with tags and a source identity", { session: tagged }],
    ["in two regions", { grants: [{ ...CLAUDE, regions: ["us-east-1", "us-west-2"] }] }],
    ["during a rotation", { nextExternalId: "sgx-next", previousExternalId: "sgx-previous" }],
  ];
  it.each(roles)("%s passes every probe, those outside Bedrock too", async (_, change) => {
    delegated = await delegateRole(change);
    delegated.makeRole();
    const verification = await delegated.verify({ deep: true });
    expect(verification).toMatchObject({ verdict: "pass", unenforced: false });
    const harmful = verification.probes.filter(({ sent }) => sent === null).map(({ probe }) => probe);
    const undecided = open(verification).filter((line) => !harmful.some((probe) => line.includes(probe)));
    expect(undecided).toEqual([]);
    expect(harmful.every((probe) => /StartAsyncInvoke|GetAsyncInvoke/.test(probe))).toBe(true);
  });

  it("for the account's own models passes every probe: an application profile, a router, three by ARN", async () => {
    delegated = await delegateRole();
    const place = { account: OWNER, region: "us-east-1" };
    const { bedrock } = delegated.sandbox;
    const lite = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
    const own = ["provisioned-model", "custom-model-deployment", "imported-model"] as const;
    const models = [
      bedrock.createInferenceProfile({ ...place, name: "team", modelSource: lite }).inferenceProfileArn,
      bedrock.createPromptRouter({ ...place, models: [lite] }).promptRouterArn,
      ...own.map(
        (kind) => bedrock.createModel({ ...place, kind, baseModelId: "amazon.nova-lite-v1:0" }).modelArn,
      ),
    ];
    delegated.change({ grants: [{ ...CLAUDE, operations: ["Converse", "ConverseStream"], models }] });
    delegated.makeRole();
    const verification = await delegated.verify({ deep: true });
    expect(open(verification)).toEqual([]);
    expect(verification.probes.filter(({ probe }) => probe.startsWith("call:"))).toHaveLength(
      2 * models.length,
    );
  });

  it("is probed only with its External ID and one token per model, and no secret is reported", async () => {
    delegated = await delegateRole();
    delegated.makeRole();
    const report = JSON.stringify(await delegated.verify());
    for (const secret of [delegated.keys.secretAccessKey, EXTERNAL_ID, "ASIA"])
      expect(report).not.toContain(secret);
    const names = delegated.sandbox.calls().map(({ roleSessionName }) => roleSessionName);
    expect(new Set(names)).toEqual(new Set([null, "signet-probe"]));
  });

  it("whose trust policy requires the session's tags passes, and must require the External ID as well", async () => {
    delegated = await delegateRole({ session: { durationSeconds: 3600, tags: { team: "a" } } });
    delegated.makeRole();
    const actions = ["sts:AssumeRole", "sts:TagSession"];
    const team = { "aws:RequestTag/team": "a" };
    delegated.trust(
      assumeBy(delegated.userArn, { StringEquals: { ...team, "sts:ExternalId": EXTERNAL_ID } }, actions),
    );
    expect(open(await delegated.verify())).toEqual([]);
    delegated.trust(assumeBy(delegated.userArn, { StringEquals: team }, actions));
    expect(await delegated.verify()).toMatchObject({ verdict: "fail", unenforced: true });
  });
});

describe("a trust policy that is too broad (T8)", () => {
  const like = (pattern: string) => ({ StringLike: { "sts:ExternalId": pattern } });
  const conditions: [string, object | undefined][] = [
    ["no condition", undefined],
    ["an empty one", {}],
    ['StringLike "*"', like("*")],
    ["StringLike on the form of ids", like("sgx-*")],
    ["StringLike on any id of that length", like("?".repeat(EXTERNAL_ID.length))],
    ["StringLike on the id and what follows", like(`${EXTERNAL_ID}*`)],
    ["StringLike on the id and what comes before", like(`*${EXTERNAL_ID}`)],
    ["StringLike on the id's beginning", like(`${EXTERNAL_ID.slice(0, 12)}*`)],
    ["StringLike on the id's end", like(`*${EXTERNAL_ID.slice(12)}`)],
    ["StringLike on all but the last character", like(`${EXTERNAL_ID.slice(0, -1)}?`)],
    ["StringLike on all but the first character", like(`?${EXTERNAL_ID.slice(1)}`)],
    ["StringEqualsIgnoreCase", { StringEqualsIgnoreCase: { "sts:ExternalId": EXTERNAL_ID } }],
    ["StringEqualsIfExists", { StringEqualsIfExists: { "sts:ExternalId": EXTERNAL_ID } }],
    ["ForAllValues:StringEquals", { "ForAllValues:StringEquals": { "sts:ExternalId": EXTERNAL_ID } }],
    ["ForAnyValue:StringLike", { "ForAnyValue:StringLike": { "sts:ExternalId": ["x", "*"] } }],
    ["Null", { Null: { "sts:ExternalId": "false" } }],
    ["StringNotEquals", { StringNotEquals: { "sts:ExternalId": "somebody-else" } }],
    ["a condition on something else", { StringLike: { "sts:RoleSessionName": "signet-*" } }],
  ];
  it.each(conditions)("is detected and fixed: %s", async (_, condition) => {
    delegated = await delegateRole();
    delegated.makeRole();
    delegated.trust(assumeBy(delegated.userArn, condition));
    const before = await delegated.verify();
    expect(before).toMatchObject({ verdict: "fail", unenforced: true });
    const failed = before.probes.filter(({ status }) => status === "fail");
    for (const { cause, fix } of failed) {
      expect([cause, fix?.where]).toEqual(["external_id", "trust_policy"]);
      if (fix) delegated.apply(fix);
    }
    expect(await delegated.verify()).toMatchObject({ verdict: "pass", unenforced: false });
  });

  it("is detected next to a strict statement", async () => {
    delegated = await delegateRole();
    delegated.makeRole();
    delegated.trust(assumeBy(delegated.userArn, idEquals()), assumeBy(delegated.userArn));
    expect(await delegated.verify()).toMatchObject({ verdict: "fail", unenforced: true });
  });

  it.each([
    ["anyone", { AWS: "*" }],
    ["anyone, beside Signet", { AWS: ["arn:aws:iam::123456789012:user/signet", "*"] }],
  ])("is detected if it names %s, and fixed", async (_, Principal) => {
    delegated = await delegateRole();
    delegated.makeRole();
    delegated.trust({ Effect: "Allow", Principal, Action: "sts:AssumeRole", Condition: idEquals() });
    const before = await delegated.verify();
    expect(before).toMatchObject({ verdict: "fail", unenforced: false });
    const found = named(before, "assume_by_another_principal");
    expect(found).toMatchObject({ status: "fail", cause: "trust_policy" });
    if (found?.fix) delegated.apply(found.fix);
    expect(await delegated.verify()).toMatchObject({ verdict: "pass" });
  });

  it("never passes if it names another principal: denials prove nothing then", async () => {
    delegated = await delegateRole();
    delegated.makeRole();
    const { arn } = delegated.sandbox.iam.createUser({ account: "123456789012", userName: "other" });
    delegated.trust(assumeBy(arn, idEquals()));
    const verification = await delegated.verify();
    expect(verification).toMatchObject({ verdict: "fail", unenforced: false });
    for (const probe of ["assume_without_external_id", "assume_with_wrong_external_id"])
      expect(named(verification, probe)).toMatchObject({
        status: "unknown",
        sent: null,
        answer: "not tried: a denial proves nothing until the right External ID succeeds",
      });
  });
});

describe("probes that cost tokens", () => {
  const bedrockCalls = () => delegated.sandbox.calls().filter(({ service }) => service === "bedrock");

  it("aren't sent to check whether the External ID is enforced", async () => {
    delegated = await delegateRole();
    delegated.makeRole();
    expect(await delegated.verify({ scope: "enforcement" })).toMatchObject({
      verdict: "pass",
      scope: "enforcement",
    });
    expect(bedrockCalls()).toEqual([]);
  });

  it("start with the designated model, and skip for the others what it was denied", async () => {
    delegated = await delegateRole({ grants: [{ ...CLAUDE, models: [HAIKU, "us.amazon.nova-*"] }] });
    delegated.makeRole();
    delegated.put("signet-bedrock", { Effect: "Allow", Action: "bedrock:CountTokens", Resource: "*" });
    const verification = await delegated.verify({ probeModel: "us.amazon.nova-micro-v1:0" });
    expect(
      bedrockCalls()
        .map(({ modelId }) => modelId)
        .filter((id) => id === HAIKU),
    ).toEqual([]);
    expect(named(verification, `call:Converse:us-east-1:${HAIKU}`)).toMatchObject({
      status: "unknown",
      answer: "not tried: Converse was already denied for us.amazon.nova-micro-v1:0",
    });
  });

  it("try several models for a pattern: those that the account can't call prove nothing about the role", async () => {
    delegated = await delegateRole({
      grants: [{ ...CLAUDE, operations: ["Converse"], models: ["us.amazon.*"] }],
    });
    delegated.makeRole();
    const { iam } = delegated.sandbox;
    iam.setModelAccess({ account: OWNER, denied: ["amazon.nova-micro*"] });
    const passing = await delegated.verify();
    expect(passing.verdict).toBe("pass");
    expect(named(passing, "call:Converse:us-east-1:us.amazon.nova-lite-v1:0")).toMatchObject({
      status: "pass",
      answer: "HTTP 200 (others tried: us.amazon.nova-micro-v1:0: no access)",
    });
    const before = bedrockCalls().length;
    iam.setModelAccess({ account: OWNER, denied: ["amazon.*"] });
    const failing = await delegated.verify();
    const calls = failing.probes.filter(({ probe }) => probe.startsWith("call:"));
    expect(calls).toEqual([
      expect.objectContaining({ status: "fail", cause: "model_access", required: true }),
    ]);
    expect(calls[0]?.fix).toMatchObject({ where: "account" });
    expect(calls[0]?.fix?.policy).toBeUndefined();
    expect(bedrockCalls().length - before).toBeLessThan(20);
  });

  it("report a pattern that no known model matches, and use a model for it that the operator or a caller names", async () => {
    const models = [`arn:aws:bedrock:us-east-1:${OWNER}:application-inference-profile/*`];
    delegated = await delegateRole({ grants: [{ ...CLAUDE, operations: ["Converse"], models }] });
    delegated.makeRole();
    const vague = await delegated.verify();
    expect(vague.verdict).toBe("unknown");
    expect(named(vague, `call:${models[0]}`)?.answer).toContain("--probe-model");
    const { inferenceProfileArn: probeModel } = delegated.sandbox.bedrock.createInferenceProfile({
      account: OWNER,
      region: "us-east-1",
      name: "team",
      modelSource: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    });
    expect((await delegated.verify({ probeModel })).verdict).toBe("pass");
    // A caller's grant names it, too.
    expect((await delegated.verify({ named: [probeModel] })).verdict).toBe("pass");
    const other = await delegated.verify({ named: [probeModel], probeModel: "amazon.nova-micro-v1:0" });
    expect(named(other, "probe_model")?.answer).toContain("doesn't grant it");
  });

  it("keep when AWS says that models end, if the role may list them", async () => {
    delegated = await delegateRole({ grants: [CLAUDE] });
    delegated.makeRole();
    expect((await delegated.verify()).lifecycles).toBeUndefined();
    delegated.change({ grants: [{ ...CLAUDE, operations: ["Converse", "ListFoundationModels"] }] });
    delegated.sandbox.iam.deleteRole({ roleArn: ROLE_ARN });
    delegated.makeRole();
    const { lifecycles = [] } = await delegated.verify();
    const [ending] = lifecycles.filter(({ endsAt }) => endsAt !== undefined);
    expect(ending).toMatchObject({
      model: expect.stringMatching(/^[a-z0-9]+\./),
      endsAt: expect.any(Number),
    });
    expect(lifecycles.some(({ endsAt }) => endsAt === undefined)).toBe(true);
  });
});

describe("Signet's own identity", () => {
  it("that is a role gets sessions of at most an hour, which no MaxSessionDuration fixes", async () => {
    delegated = await delegateRole({ session: { durationSeconds: 7200, tags: {} } });
    const { arn } = delegated.sandbox.iam.createRole({
      account: "123456789012",
      roleName: "gateway",
      trustPolicy: policy(assumeBy("123456789012")),
      inlinePolicies: { assume: policy({ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }) },
    });
    delegated.change({ trust: { ...DEFAULT_TRUST, principal: arn } });
    delegated.makeRole();
    delegated.sandbox.iam.updateRole({ roleArn: ROLE_ARN, maxSessionDuration: 43_200 });
    delegated.runAs(delegated.sandbox.iam.createSession({ roleArn: arn, roleSessionName: "i-1" }));
    const found = named(await delegated.verify(), "session_duration");
    expect(found).toMatchObject({ status: "fail", fix: { where: "signet" } });
    expect(found?.fix?.commands).toEqual(["signet delegation edit acme --session-duration 3600"]);
    delegated.change({ session: { durationSeconds: 3600, tags: {} } });
    expect(open(await delegated.verify())).toEqual([]);
  });

  it("makes the calls if there is no role: they are verified, and fixed at Signet", async () => {
    delegated = await delegateRole();
    const { roleArn: _role, externalId: _id, ...roleless } = delegated.delegation;
    delegated.delegation = { ...roleless, account: "123456789012" };
    const before = await delegated.verify();
    expect(before.verdict).toBe("fail");
    expect(before.probes.filter(({ probe }) => probe.startsWith("assume"))).toEqual([]);
    const fix = named(before, `call:Converse:us-east-1:${HAIKU}`)?.fix;
    expect(fix?.where).toBe("signet_policy");
    if (fix) delegated.apply(fix);
    expect(await delegated.verify()).toMatchObject({ verdict: "pass", unenforced: false });
  });
});
