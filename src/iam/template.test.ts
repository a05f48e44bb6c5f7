import { describe, expect, it } from "vitest";
import type { Delegation, Grant, TrustSettings } from "../core/delegation.ts";
import { DEFAULT_ROLE, DEFAULT_TRUST } from "../core/delegation.ts";
import { POLICY_LIMITS } from "./document.ts";
import { ACCOUNT, delegation, grant, HAIKU, ROLE } from "./fixtures.ts";
import { delegationTemplate } from "./template.ts";
import { trustPolicy } from "./trust-policy.ts";

const plain = delegation({ grants: [grant([HAIKU])] });
const granting = (grants: Grant[]): Delegation => ({ ...plain, grants });
const model = (name: string) => granting([grant([name])]);
const trusting = (change: Partial<TrustSettings>): Delegation => ({
  ...plain,
  trust: { ...plain.trust, ...change },
});

describe("a template", () => {
  it("has the role's name, path and maximum session duration", () => {
    const long = { durationSeconds: 7200, tags: {} };
    const roleArn = ROLE.replace("role/", "role/partners/ai/");
    expect(delegationTemplate({ ...plain, roleArn, session: long })).toMatchObject({
      delegation: "acme",
      account: ACCOUNT,
      partition: "aws",
      region: "us-east-1",
      roleName: "signet-acme",
      rolePath: "/partners/ai/",
      maxSessionDuration: 7200,
    });
  });

  it("has a session duration of at least an hour, IAM's minimum", () => {
    const short = { ...plain, session: { durationSeconds: 900, tags: {} } };
    expect(delegationTemplate(short)).toMatchObject({ rolePath: "/", maxSessionDuration: 3600 });
  });

  it("never contains the previous External ID", () => {
    const rotated = { ...plain, nextExternalId: "sgx-next", previousExternalId: "sgx-previous" };
    const text = JSON.stringify(delegationTemplate(rotated));
    expect(text).toContain('["sgx-right","sgx-next"]');
    expect(text).not.toContain("sgx-previous");
  });

  it.each<[string, string, Delegation]>([
    ["a role of another account", "roleArn", { ...plain, account: "999999999999" }],
    ["a role of another partition", "roleArn", { ...plain, roleArn: ROLE.replace("aws", "aws-us-gov") }],
    ["an invalid role ARN", "roleArn", { ...plain, roleArn: "arn:aws:iam::1:role/x" }],
    ["an unknown identity of Signet", "trust.principal", { ...plain, trust: DEFAULT_TRUST }],
    ["a session as identity", "trust.principal", trusting({ principal: "arn:aws:sts::1:assumed-role/a/b" })],
    ["everybody", "trust.principal", trusting({ principal: "*" })],
    ["an account", "trust.principal", trusting({ principal: "arn:aws:iam::123456789012:root" })],
    [
      "an identity of another partition",
      "trust.principal",
      trusting({ principal: "arn:aws-us-gov:iam::123456789012:role/signet" }),
    ],
    ["an invalid organization id", "trust.principalOrgId", trusting({ principalOrgId: "o-*" })],
    ["an invalid CIDR block", "trust.sourceIps", trusting({ sourceIps: ["192.0.2.0/33"] })],
    ["an address without a length", "trust.sourceIps", trusting({ sourceIps: ["192.0.2.1"] })],
    ["no VPC", "trust.sourceVpcs", trusting({ sourceVpcs: ["vpc-*"] })],
    ["an External ID with a wildcard", "externalId", { ...plain, externalId: "sgx-*" }],
    ["an External ID with a policy variable", "externalId", { ...plain, externalId: "${aws:userid}" }],
    ["an External ID of one character", "externalId", { ...plain, externalId: "x" }],
    ["an invalid region", "grants[0].regions", granting([grant([HAIKU], { regions: ["us-east"] })])],
    ["a region with a wildcard", "grants[0].regions", granting([grant([HAIKU], { regions: ["*"] })])],
    [
      "a region of another partition",
      "grants[1].regions",
      granting([grant([HAIKU]), grant([HAIKU], { regions: ["us-gov-west-1"] })]),
    ],
    ["a model with a policy variable", "grants[0].models[0]", model("${aws:userid}")],
    ["a model with IAM's other wildcard", "grants[0].models[0]", model("amazon.nova-?-v1:0")],
    [
      "a resource other than a model",
      "grants[0].models[0]",
      model(`arn:aws:bedrock:us-east-1:${ACCOUNT}:agent/a`),
    ],
    ["another service", "grants[0].models[0]", model("arn:aws:s3:::bucket/key")],
    ["a whole account's ARNs", "grants[0].models[0]", model("arn:aws:bedrock:us-east-1:*")],
    [
      "another partition's model",
      "grants[0].models[0]",
      model("arn:aws-us-gov:bedrock:us-east-1::foundation-model/a.b"),
    ],
    [
      "another account's profile",
      "grants[0].models[1]",
      granting([grant([HAIKU, "arn:aws:bedrock:us-east-1:999999999999:application-inference-profile/a"])]),
    ],
    [
      "a model in a region other than the grant's",
      "grants[0].models[0]",
      model(`arn:aws:bedrock:us-west-2:${ACCOUNT}:provisioned-model/a`),
    ],
    [
      "a guardrail with a wildcard",
      "role.requiredGuardrail",
      { ...plain, role: { ...DEFAULT_ROLE, requiredGuardrail: "*" } },
    ],
    [
      "a bucket with a wildcard",
      "role.asyncOutput",
      { ...plain, role: { ...DEFAULT_ROLE, asyncOutput: "*" } },
    ],
  ])("is refused for %s, naming %s", (_what, field, given) => {
    expect(() => delegationTemplate(given)).toThrow(expect.objectContaining({ name: "PolicyError", field }));
  });

  it("is refused with the size if the permissions would be too large for a role", () => {
    const many = Array.from({ length: 300 }, (_, i) => `amazon.model-number-${i}-v1:0`);
    expect(() => delegationTemplate(granting([grant(many)]))).toThrow(
      expect.objectContaining({
        field: "grants",
        message: expect.stringContaining(String(POLICY_LIMITS.role)),
      }),
    );
  });

  it("is refused if the trust policy would be too large", () => {
    const tags = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`tag-${i}`, "x".repeat(60)]));
    expect(() => trustPolicy({ ...plain, session: { durationSeconds: 3600, tags } })).toThrow(
      expect.objectContaining({ name: "PolicyError", field: "trust" }),
    );
  });
});
