/**
 * If the role allows too little or too much, the probe's fix makes it pass: only its `where` and `policy` are
 * applied, or its advice, if it isn't about IAM.
 */
import { afterEach, describe, expect, it } from "vitest";
import { CLAUDE, HAIKU, OWNER, delegateRole, named, type DelegatedRole } from "../support/delegated-role.ts";
import { allow, deny, organization, fixed, type Case } from "../support/fixes.ts";

let role: DelegatedRole;
afterEach(() => role.close());

const CONVERSE = `call:Converse:us-east-1:${HAIKU}`;

const CASES: Case[] = [
  {
    name: "the role allows nothing",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) => delegated.put("signet-bedrock", allow("bedrock:ListFoundationModels")),
  },
  {
    name: "the role allows the profile, not the model behind",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) =>
      delegated.put(
        "signet-bedrock",
        allow("bedrock:*", `arn:aws:bedrock:us-east-1:${OWNER}:inference-profile/*`),
      ),
  },
  {
    name: "the role's sessions were revoked",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) =>
      delegated.put(
        "AWSRevokeOlderSessions",
        deny("*", { DateLessThan: { "aws:TokenIssueTime": "2099-01-01T00:00:00Z" } }),
      ),
  },
  {
    name: "the role allows models that aren't granted",
    probe: "not_granted:Converse",
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) => delegated.put("more", allow("bedrock:InvokeModel*")),
  },
  {
    name: "the role allows models by their own ids, of which only all profiles of a geography are granted",
    probe: "not_granted:Converse",
    cause: "role_policy",
    where: "role_policy",
    delegation: { grants: [{ ...CLAUDE, models: ["us.*"] }] },
    spoil: (delegated) => delegated.put("more", allow("bedrock:InvokeModel*")),
  },
  {
    name: "the role allows to list models, which isn't granted",
    probe: "not_granted:ListInferenceProfiles",
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) => delegated.put("more", allow("bedrock:List*")),
  },
  ...[
    "s3:ListAllMyBuckets",
    "iam:ListRoles",
    "ec2:DescribeInstances",
    "secretsmanager:ListSecrets",
    "dynamodb:ListTables",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
  ].map((action): Case => ({
    name: `the role allows ${action}`,
    probe: `beyond:${action}`,
    cause: "role_policy",
    where: "role_policy",
    spoil: (delegated) => delegated.put("more", allow(action)),
  })),
  {
    name: "an organization denies Bedrock",
    probe: CONVERSE,
    cause: "service_control_policy",
    where: "account",
    spoil: (delegated) => organization(delegated, OWNER, deny("bedrock:*")),
    byHand: (delegated) => organization(delegated, OWNER),
  },
  {
    name: "the account has no access to the model",
    probe: CONVERSE,
    cause: "model_access",
    where: "account",
    spoil: (delegated) =>
      delegated.sandbox.iam.setModelAccess({ account: OWNER, denied: ["anthropic.claude-3-5-haiku*"] }),
    byHand: (delegated) => delegated.sandbox.iam.setModelAccess({ account: OWNER, denied: [] }),
  },
  {
    name: "there is no such model",
    probe: "call:Converse:us-east-1:amazon.nova-never-v1:0",
    cause: "unknown_model",
    where: "signet",
    delegation: { grants: [CLAUDE, { ...CLAUDE, models: ["amazon.nova-never-v1:0"] }] },
    spoil: () => undefined,
    byHand: (delegated) =>
      delegated.change({ grants: [CLAUDE, { ...CLAUDE, models: ["amazon.nova-lite-v1:0"] }] }),
  },
];

describe("the fix makes the probe pass if the role allows too little or too much", () => {
  it.each(CASES)("$name", async (each) => {
    role = await delegateRole(each.delegation);
    const { found, left } = await fixed(role, each);
    expect(found).toMatchObject({ status: "fail", cause: each.cause, fix: { where: each.where } });
    expect(left).toEqual([]);
  });
});

describe("if a probe is inconclusive", () => {
  it.each([
    ["STS throttles", { stsThrottled: true }, "assume_with_external_id", "throttling"],
    ["STS fails", { stsStatus500: true }, "assume_with_external_id", "throttling"],
    ["a proxy answers in STS's place", { stsGarbage: true }, "assume_with_external_id", "proxy"],
    ["Bedrock can't be reached", { bedrockDown: true }, CONVERSE, "network"],
    ["Bedrock fails", { bedrock500: true }, CONVERSE, "throttling"],
  ] as const)(
    "%s: it stays unknown, and the role isn't reported as too broad",
    async (_, faults, probe, cause) => {
      role = await delegateRole();
      role.makeRole();
      role.sandbox.faults.set(faults);
      const verification = await role.verify();
      expect(verification.unenforced).toBe(false);
      expect(verification.verdict).not.toBe("pass");
      expect(named(verification, probe)).toMatchObject({ status: "unknown", cause });
      role.sandbox.faults.clear();
      expect(await role.verify()).toMatchObject({ verdict: "pass" });
    },
  );
});
