/**
 * What a failing probe advises is what makes it pass: each is broken in the sandbox, and mended by nothing but the
 * mend's `where` and `policy`, or where those name something that isn't IAM's, by what its advice says.
 */
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_TRUST, type Delegation } from "../../src/core/delegation.ts";
import type { Cause, Mend } from "../../src/core/verification.ts";
import {
  CLAUDE,
  HAIKU,
  LENDER,
  lendRole,
  named,
  open,
  policy,
  ROLE_ARN,
  type LentRole,
} from "../support/lent-role.ts";

let lent: LentRole;
afterEach(() => lent.close());

interface Case {
  name: string;
  probe: string;
  cause: Cause;
  where: Mend["where"];
  delegation?: Partial<Delegation>;
  /** The role is there already. */
  spoil: () => void;
  /** What the advice says to people, where it is beyond the role's and Signet's own policies. */
  byHand?: () => void;
}

const CONVERSE = `call:Converse:us-east-1:${HAIKU}`;
const SIGNET = "123456789012";
const tagged = { durationSeconds: 3600, tags: { team: "a" } };
const withSource = { durationSeconds: 3600, tags: {}, sourceIdentity: "signet" };
const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });
const deny = (Action: string, Condition: object = {}) => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  Condition,
});
const trusting = (Principal: string, Condition: object) => ({
  Effect: "Allow",
  Principal: { AWS: Principal },
  Action: "sts:AssumeRole",
  Condition,
});
const strict = () => ({ StringEquals: { "sts:ExternalId": lent.delegation.externalId ?? "" } });

const CASES: Case[] = [
  {
    name: "the role isn't there",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: () => lent.sandbox.iam.deleteRole({ roleArn: ROLE_ARN }),
  },
  {
    name: "the role trusts another principal",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil() {
      const { arn } = lent.sandbox.iam.createUser({ account: SIGNET, userName: "other" });
      lent.trust(trusting(arn, strict()));
    },
  },
  {
    name: "the role demands another External ID",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: () => lent.trust(trusting(lent.userArn, { StringEquals: { "sts:ExternalId": "somebody-else" } })),
  },
  {
    name: "the role demands no External ID",
    probe: "assume_without_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: () => lent.trust(trusting(lent.userArn, {})),
  },
  {
    name: "the role takes any External ID",
    probe: "assume_with_wrong_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: () => lent.trust(trusting(lent.userArn, { StringLike: { "sts:ExternalId": "*" } })),
  },
  {
    name: "the role trusts everyone",
    probe: "assume_by_another_principal",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: () => lent.trust(trusting("*", strict())),
  },
  {
    name: "the role doesn't know the next External ID",
    probe: "assume_with_next_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: () => lent.change({ nextExternalId: "sgx-next-1" }),
  },
  {
    name: "the role still takes the previous External ID",
    probe: "assume_with_previous_external_id",
    cause: "external_id",
    where: "trust_policy",
    delegation: { nextExternalId: "sgx-before-1" },
    spoil() {
      const { nextExternalId: previousExternalId, ...rest } = lent.delegation;
      lent.delegation = { ...rest, ...(previousExternalId && { previousExternalId }) };
    },
  },
  {
    name: "the role takes no tags",
    probe: "session_tags",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: () => lent.change({ session: tagged }),
  },
  {
    name: "the role takes no source identity",
    probe: "source_identity",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: () => lent.change({ session: withSource }),
  },
  {
    name: "sessions are shorter than asked for",
    probe: "session_duration",
    cause: "configuration",
    where: "role",
    spoil: () => lent.change({ session: { durationSeconds: 7200, tags: {} } }),
  },
  {
    name: "the session policy is larger than STS takes",
    probe: "session_policy",
    cause: "session_policy",
    where: "signet",
    spoil: () =>
      lent.change({ grants: [{ ...CLAUDE, models: Array.from({ length: 60 }, () => HAIKU.repeat(2)) }] }),
    byHand: () => lent.change({ grants: [CLAUDE] }),
  },
  {
    name: "Signet's user may assume nothing",
    probe: "assume_with_external_id",
    cause: "signet_policy",
    where: "signet_policy",
    spoil: () => lent.sandbox.iam.deletePolicy({ arn: lent.userArn, policyName: "AssumeDelegatedRoles" }),
  },
  {
    name: "Signet's user may pass no tags",
    probe: "session_tags",
    cause: "signet_policy",
    where: "signet_policy",
    delegation: { session: tagged },
    spoil: () =>
      lent.sandbox.iam.putPolicy({
        arn: lent.userArn,
        policyName: "AssumeDelegatedRoles",
        policy: policy(allow("sts:AssumeRole")),
      }),
  },
  {
    name: "an organization denies to assume roles",
    probe: "assume_with_external_id",
    cause: "service_control_policy",
    where: "account",
    spoil: () => organization(SIGNET, deny("sts:AssumeRole")),
    byHand: () => organization(SIGNET),
  },
  {
    name: "the role allows nothing",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: () => lent.put("signet-bedrock", allow("bedrock:ListFoundationModels")),
  },
  {
    name: "the role allows the profile, not the model behind",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: () =>
      lent.put(
        "signet-bedrock",
        allow("bedrock:*", `arn:aws:bedrock:us-east-1:${LENDER}:inference-profile/*`),
      ),
  },
  {
    name: "the role's sessions were revoked",
    probe: CONVERSE,
    cause: "role_policy",
    where: "role_policy",
    spoil: () =>
      lent.put(
        "AWSRevokeOlderSessions",
        deny("*", { DateLessThan: { "aws:TokenIssueTime": "2099-01-01T00:00:00Z" } }),
      ),
  },
  {
    name: "the role allows models that aren't granted",
    probe: "not_granted:Converse",
    cause: "role_policy",
    where: "role_policy",
    spoil: () => lent.put("more", allow("bedrock:InvokeModel*")),
  },
  {
    name: "the role allows to list models, which isn't granted",
    probe: "not_granted:ListInferenceProfiles",
    cause: "role_policy",
    where: "role_policy",
    spoil: () => lent.put("more", allow("bedrock:List*")),
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
    spoil: () => lent.put("more", allow(action)),
  })),
  {
    name: "an organization denies Bedrock",
    probe: CONVERSE,
    cause: "service_control_policy",
    where: "account",
    spoil: () => organization(LENDER, deny("bedrock:*")),
    byHand: () => organization(LENDER),
  },
  {
    name: "the account has no access to the model",
    probe: CONVERSE,
    cause: "model_access",
    where: "account",
    spoil: () =>
      lent.sandbox.iam.setModelAccess({ account: LENDER, denied: ["anthropic.claude-3-5-haiku*"] }),
    byHand: () => lent.sandbox.iam.setModelAccess({ account: LENDER, denied: [] }),
  },
  {
    name: "STS is off in the region",
    probe: "assume_with_external_id",
    cause: "region",
    where: "account",
    spoil: () => lent.sandbox.iam.setDisabledRegions({ account: LENDER, regions: ["us-east-1"] }),
    byHand: () => lent.sandbox.iam.setDisabledRegions({ account: LENDER, regions: [] }),
  },
  {
    name: "the region doesn't offer the model",
    probe: "call:Converse:us-east-1:amazon.nova-never-v1:0",
    cause: "region",
    where: "signet",
    delegation: { grants: [CLAUDE, { ...CLAUDE, models: ["amazon.nova-never-v1:0"] }] },
    spoil: () => undefined,
    byHand: () => lent.change({ grants: [CLAUDE, { ...CLAUDE, models: ["amazon.nova-lite-v1:0"] }] }),
  },
  {
    name: "Signet's key was deleted",
    probe: "base_identity",
    cause: "base_credentials",
    where: "signet",
    spoil: () => lent.sandbox.iam.deleteAccessKey({ accessKeyId: lent.keys.accessKeyId }),
    byHand: () => lent.runAs(lent.sandbox.iam.createAccessKey({ userArn: lent.userArn })),
  },
  {
    name: "Signet runs as somebody else than the role trusts",
    probe: "assume_with_external_id",
    cause: "base_credentials",
    where: "signet",
    spoil() {
      const inlinePolicies = { assume: policy(allow("sts:AssumeRole")) };
      const { arn } = lent.sandbox.iam.createUser({ account: SIGNET, userName: "laptop", inlinePolicies });
      lent.runAs(lent.sandbox.iam.createAccessKey({ userArn: arn }));
    },
    byHand: () => lent.runAs(lent.sandbox.iam.createAccessKey({ userArn: lent.userArn })),
  },
  {
    name: "the clock is ten minutes off",
    probe: "clock",
    cause: "clock",
    where: "signet",
    spoil: () => lent.sandbox.faults.set({ clockSkewMs: 600_000 }),
    byHand: () => lent.sandbox.faults.clear(),
  },
  {
    name: "STS can't be reached",
    probe: "sts_reachable",
    cause: "network",
    where: "signet",
    spoil: () => lent.sandbox.faults.set({ stsDown: true }),
    byHand: () => lent.sandbox.faults.clear(),
  },
];

/** Allows all but what the statements deny; without any, as if it weren't there. */
function organization(account: string, ...statements: object[]): void {
  const policies = statements.length === 0 ? null : [policy(allow("*"), ...statements)];
  lent.sandbox.iam.setServiceControlPolicies({ account, policies });
}

describe("where a probe fails, its mend makes it pass", () => {
  it.each(CASES)("$name", async ({ probe, cause, where, delegation = {}, spoil, byHand }) => {
    lent = await lendRole(delegation);
    lent.makeRole();
    spoil();
    const found = named(await lent.verify({ deep: true }), probe);
    expect(found).toMatchObject({ status: "fail", cause, mend: { where } });
    expect(found?.mend?.advice).toMatch(/^[A-Z].+[.)]$/s);
    await mendAll(byHand);
    expect(open(await lent.verify({ deep: true }))).toEqual([]);
  });

  /** One mend may uncover the next: a role that was made anew has no permissions yet. */
  async function mendAll(byHand: Case["byHand"]): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const failed = (await lent.verify({ deep: true })).probes.filter(({ status }) => status === "fail");
      if (failed.length === 0) return;
      for (const { probe, mend } of failed) {
        expect([probe, mend]).toEqual([probe, expect.objectContaining({ commands: expect.any(Array) })]);
        if (mend && !lent.apply(mend)) byHand?.();
      }
    }
  }
});

describe("where nothing is proven either way", () => {
  it.each([
    ["STS throttles", { stsThrottled: true }, "assume_with_external_id", "throttling"],
    ["STS fails", { stsStatus500: true }, "assume_with_external_id", "throttling"],
    ["a proxy answers in STS's place", { stsGarbage: true }, "assume_with_external_id", "network"],
    ["Bedrock can't be reached", { bedrockDown: true }, CONVERSE, "network"],
    ["Bedrock fails", { bedrock500: true }, CONVERSE, "throttling"],
  ] as const)("%s: it stays unknown, and the role isn't called loose", async (_, faults, probe, cause) => {
    lent = await lendRole();
    lent.makeRole();
    lent.sandbox.faults.set(faults);
    const verification = await lent.verify();
    expect(verification.unenforced).toBe(false);
    expect(verification.verdict).not.toBe("pass");
    expect(named(verification, probe)).toMatchObject({ status: "unknown", cause });
    lent.sandbox.faults.clear();
    expect(await lent.verify()).toMatchObject({ verdict: "pass" });
  });

  it("a trust policy that can't be written says what is missing at Signet", async () => {
    lent = await lendRole({ trust: DEFAULT_TRUST });
    lent.change({ trust: { ...DEFAULT_TRUST, principal: "nobody" } });
    const found = named(await lent.verify(), "assume_with_external_id");
    expect(found?.mend).toMatchObject({ where: "signet", advice: expect.stringContaining("") });
  });
});
