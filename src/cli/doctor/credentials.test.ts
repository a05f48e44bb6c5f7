/** Findings for credentials and identities that no test can really have: EC2's, EKS's, a root user's. */
import { describe, expect, it } from "vitest";
import { credentialsFinding } from "./credentials.ts";
import { identityFinding } from "./identity.ts";

const NOW = Date.parse("2026-11-23T06:00:00Z");
const HOUR = 3_600_000;

function seenOf(features: string[], env: Record<string, string> = {}): string {
  const found = { accessKeyId: "ASIAEXAMPLE1234", sessionToken: "token", expiration: new Date(NOW + HOUR) };
  const $source = Object.fromEntries(features.map((feature) => [feature, "x"]));
  return credentialsFinding({ ...found, $source }, env, NOW).seen;
}

describe("the source of credentials", () => {
  it.each([
    ["EC2 instance metadata", ["CREDENTIALS_IMDS"], {}],
    [
      "web identity (EKS IRSA)",
      ["CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN", "CREDENTIALS_STS_ASSUME_ROLE_WEB_ID"],
      {},
    ],
    ["the ECS task role", ["CREDENTIALS_HTTP"], { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x" }],
    [
      "EKS Pod Identity",
      ["CREDENTIALS_HTTP"],
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" },
    ],
    [
      "profile prod: IAM Identity Center (SSO)",
      ["CREDENTIALS_PROFILE_SSO", "CREDENTIALS_SSO"],
      { AWS_PROFILE: "prod" },
    ],
    [
      "profile default: a role of another profile",
      ["CREDENTIALS_PROFILE_SOURCE_PROFILE", "CREDENTIALS_PROFILE", "CREDENTIALS_STS_ASSUME_ROLE"],
      {},
    ],
    ["AWS's default chain", [], {}],
  ])("is reported: %s", (source, features, env) => {
    expect(seenOf(features, env)).toBe(`from ${source}, key …1234, until 2026-11-23T07:00:00.000Z`);
  });
});

describe("expired credentials", () => {
  it("are a failure", () => {
    const ended = { accessKeyId: "ASIAEXAMPLE1234", sessionToken: "token", expiration: new Date(NOW - HOUR) };
    expect(credentialsFinding(ended, {}, NOW)).toEqual({
      status: "failed",
      seen: "from AWS's default chain, key …1234, expired 2026-11-23T05:00:00.000Z",
      fix: "renew them at their source, for SSO with `aws sso login`",
    });
  });
});

describe("the identity of the credentials", () => {
  const session = "arn:aws:sts::123456789012:assumed-role/signet/i-0";

  it("may not be the root user", () => {
    expect(identityFinding("arn:aws:iam::123456789012:root", undefined).status).toBe("failed");
  });

  it.each([
    ["arn:aws:iam::123456789012:role/signet", "ok"],
    ["arn:aws:iam::123456789012:role/below/a/path/signet", "ok"],
    ["arn:aws:iam::123456789012:role/signet-2", "failed"],
    ["arn:aws:iam::210987654321:role/signet", "failed"],
    ["arn:aws-us-gov:iam::123456789012:role/signet", "failed"],
    ["arn:aws:iam::123456789012:user/signet", "failed"],
  ])("of a role's session matches %s: %s", (principalArn, status) => {
    expect(identityFinding(session, principalArn).status).toBe(status);
  });
});
