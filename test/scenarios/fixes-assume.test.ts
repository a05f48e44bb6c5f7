/**
 * If Signet can't get the role's sessions, or gets them too easily, the probe's fix makes it pass: only its `where` and
 * `policy` are applied, or its advice, if it isn't about IAM.
 */
import { afterEach, describe, expect, it } from "vitest";
import {
  CLAUDE,
  OWNER,
  delegateRole,
  policy,
  ROLE_ARN,
  type DelegatedRole,
} from "../support/delegated-role.ts";
import { allow, deny, organization, fixed, SIGNET, type Case } from "../support/fixes.ts";

let role: DelegatedRole;
afterEach(() => role.close());

const tagged = { durationSeconds: 3600, tags: { team: "a" } };
const withSource = { durationSeconds: 3600, tags: {}, sourceIdentity: "signet" };
const trusting = (Principal: string, Condition: object) => ({
  Effect: "Allow",
  Principal: { AWS: Principal },
  Action: "sts:AssumeRole",
  Condition,
});
const strict = ({ delegation }: DelegatedRole) => ({
  StringEquals: { "sts:ExternalId": delegation.externalId ?? "" },
});

const CASES: Case[] = [
  {
    name: "the role doesn't exist",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: (delegated) => delegated.sandbox.iam.deleteRole({ roleArn: ROLE_ARN }),
  },
  {
    name: "the role trusts another principal",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil(delegated) {
      const { arn } = delegated.sandbox.iam.createUser({ account: SIGNET, userName: "other" });
      delegated.trust(trusting(arn, strict(delegated)));
    },
  },
  {
    name: "the role requires another External ID",
    probe: "assume_with_external_id",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: (delegated) =>
      delegated.trust(trusting(delegated.userArn, { StringEquals: { "sts:ExternalId": "somebody-else" } })),
  },
  {
    name: "the role requires no External ID",
    probe: "assume_without_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: (delegated) => delegated.trust(trusting(delegated.userArn, {})),
  },
  {
    name: "the role takes any External ID",
    probe: "assume_with_wrong_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: (delegated) =>
      delegated.trust(trusting(delegated.userArn, { StringLike: { "sts:ExternalId": "*" } })),
  },
  {
    name: "the role trusts everyone",
    probe: "assume_by_another_principal",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: (delegated) => delegated.trust(trusting("*", strict(delegated))),
  },
  {
    name: "the role doesn't know the next External ID",
    probe: "assume_with_next_external_id",
    cause: "external_id",
    where: "trust_policy",
    spoil: (delegated) => delegated.change({ nextExternalId: "sgx-next-1" }),
  },
  {
    name: "the role still takes the previous External ID",
    probe: "assume_with_previous_external_id",
    cause: "external_id",
    where: "trust_policy",
    delegation: { nextExternalId: "sgx-before-1" },
    spoil(delegated) {
      const { nextExternalId: previousExternalId, ...rest } = delegated.delegation;
      delegated.delegation = { ...rest, ...(previousExternalId && { previousExternalId }) };
    },
  },
  {
    name: "the role takes no tags",
    probe: "session_tags",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: (delegated) => delegated.change({ session: tagged }),
  },
  {
    name: "the role takes no source identity",
    probe: "source_identity",
    cause: "trust_policy",
    where: "trust_policy",
    spoil: (delegated) => delegated.change({ session: withSource }),
  },
  {
    name: "sessions are shorter than asked for",
    probe: "session_duration",
    cause: "configuration",
    where: "role",
    spoil: (delegated) => delegated.change({ session: { durationSeconds: 7200, tags: {} } }),
  },
  {
    name: "the session policy is larger than STS takes",
    probe: "session_policy",
    cause: "session_policy",
    where: "signet",
    spoil(delegated) {
      const models = Array.from({ length: 40 }, (_, n) => `anthropic.claude-of-a-rather-long-name-${n}-v1:0`);
      delegated.change({ grants: [{ ...CLAUDE, operations: ["Converse"], models }] });
    },
    byHand: (delegated) => delegated.change({ grants: [CLAUDE] }),
  },
  {
    name: "Signet's user may assume nothing",
    probe: "assume_with_external_id",
    cause: "signet_policy",
    where: "signet_policy",
    spoil: (delegated) =>
      delegated.sandbox.iam.deletePolicy({ arn: delegated.userArn, policyName: "AssumeDelegatedRoles" }),
  },
  {
    name: "Signet's user may pass no tags",
    probe: "session_tags",
    cause: "signet_policy",
    where: "signet_policy",
    delegation: { session: tagged },
    spoil: (delegated) =>
      delegated.sandbox.iam.putPolicy({
        arn: delegated.userArn,
        policyName: "AssumeDelegatedRoles",
        policy: policy(allow("sts:AssumeRole")),
      }),
  },
  {
    name: "an organization denies to assume roles",
    probe: "assume_with_external_id",
    cause: "service_control_policy",
    where: "account",
    spoil: (delegated) => organization(delegated, SIGNET, deny("sts:AssumeRole")),
    byHand: (delegated) => organization(delegated, SIGNET),
  },
  {
    name: "STS is off in the region",
    probe: "assume_with_external_id",
    cause: "region",
    where: "account",
    spoil: (delegated) =>
      delegated.sandbox.iam.setDisabledRegions({ account: OWNER, regions: ["us-east-1"] }),
    byHand: (delegated) => delegated.sandbox.iam.setDisabledRegions({ account: OWNER, regions: [] }),
  },
  {
    name: "Signet's key was deleted",
    probe: "base_identity",
    cause: "base_credentials",
    where: "signet",
    spoil: (delegated) => delegated.sandbox.iam.deleteAccessKey({ accessKeyId: delegated.keys.accessKeyId }),
    byHand: (delegated) =>
      delegated.runAs(delegated.sandbox.iam.createAccessKey({ userArn: delegated.userArn })),
  },
  {
    name: "Signet runs as somebody else than the role trusts",
    probe: "assume_with_external_id",
    cause: "base_credentials",
    where: "signet",
    spoil(delegated) {
      const inlinePolicies = { assume: policy(allow("sts:AssumeRole")) };
      const { arn } = delegated.sandbox.iam.createUser({
        account: SIGNET,
        userName: "laptop",
        inlinePolicies,
      });
      delegated.runAs(delegated.sandbox.iam.createAccessKey({ userArn: arn }));
    },
    byHand: (delegated) =>
      delegated.runAs(delegated.sandbox.iam.createAccessKey({ userArn: delegated.userArn })),
  },
  {
    name: "the clock is ten minutes off",
    probe: "clock",
    cause: "clock",
    where: "signet",
    spoil: (delegated) => delegated.sandbox.faults.set({ clockSkewMs: 600_000 }),
    byHand: (delegated) => delegated.sandbox.faults.clear(),
  },
  {
    name: "STS can't be reached",
    probe: "sts_reachable",
    cause: "network",
    where: "signet",
    spoil: (delegated) => delegated.sandbox.faults.set({ stsDown: true }),
    byHand: (delegated) => delegated.sandbox.faults.clear(),
  },
];

describe("the fix makes the probe pass if the role can't be assumed properly", () => {
  it.each(CASES)("$name", async (each) => {
    role = await delegateRole(each.delegation);
    const { found, left } = await fixed(role, each);
    expect(found).toMatchObject({ status: "fail", cause: each.cause, fix: { where: each.where } });
    expect(left).toEqual([]);
  });
});
