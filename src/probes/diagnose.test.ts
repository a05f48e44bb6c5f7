import { describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation } from "../core/delegation.ts";
import type { Cause } from "../core/verification.ts";
import { diagnose, mustDeny } from "./diagnose.ts";
import type { Answer } from "./send.ts";

const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";
const delegation: Delegation = {
  name: "acme",
  state: "pending",
  account: "111122223333",
  partition: "aws",
  roleArn: "arn:aws:iam::111122223333:role/marketplace-model-access",
  externalId: "sgx-x",
  trust: { ...DEFAULT_TRUST, principal: "arn:aws:iam::123456789012:user/signet" },
  role: DEFAULT_ROLE,
  region: "us-east-1",
  grants: [{ operations: ["Converse"], models: [MODEL], regions: ["us-east-1"], settings: [] }],
  session: { durationSeconds: 3600, tags: {} },
  aliases: [],
  recordContent: false,
  createdAt: 0,
};

const refusal = (code: string, message: string): Answer => ({ ok: false, code, message });
/** AWS quotes the role's name, here one that looks like a reason. */
const byIam = (reason: string) =>
  refusal(
    "AccessDeniedException",
    `User: arn:aws:sts::111122223333:assumed-role/marketplace-model-access/signet-probe is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/${MODEL} ${reason}`,
  );
const NO_MODEL = refusal(
  "AccessDeniedException",
  "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.",
);

describe("a refusal of a granted call", () => {
  const refusals: [string, Answer, Cause, string][] = [
    [
      "the role",
      byIam("because no identity-based policy allows the bedrock:InvokeModel action"),
      "role_policy",
      "role_policy",
    ],
    [
      "the role's explicit deny",
      byIam("with an explicit deny in an identity-based policy"),
      "role_policy",
      "role_policy",
    ],
    [
      "a permissions boundary",
      byIam("because no permissions boundary allows the bedrock:InvokeModel action"),
      "role_policy",
      "role",
    ],
    [
      "the session policy",
      byIam("because no session policy allows the bedrock:InvokeModel action"),
      "session_policy",
      "signet",
    ],
    [
      "an organization",
      byIam("with an explicit deny in a service control policy"),
      "service_control_policy",
      "account",
    ],
    [
      "a VPC endpoint",
      byIam("because no VPC endpoint policy allows the bedrock:InvokeModel action"),
      "network",
      "signet",
    ],
    ["the marketplace", NO_MODEL, "model_access", "account"],
    [
      "model access",
      refusal("AccessDeniedException", "You don't have access to the model with the specified model ID."),
      "model_access",
      "account",
    ],
    [
      "a wrong id",
      refusal("ValidationException", "The provided model identifier is invalid."),
      "region",
      "signet",
    ],
    [
      "on-demand throughput",
      refusal(
        "ValidationException",
        `Invocation of model ID ${MODEL} with on-demand throughput isn’t supported.`,
      ),
      "region",
      "signet",
    ],
    [
      "a region that isn't enabled",
      refusal("UnrecognizedClientException", "The security token included in the request is invalid."),
      "region",
      "account",
    ],
    [
      "the clock",
      refusal(
        "InvalidSignatureException",
        "Signature expired: 20261123T010000Z is now earlier than 20261123T011000Z",
      ),
      "clock",
      "signet",
    ],
  ];
  it.each(refusals)("by %s is recognized", (_, answer, cause, where) => {
    expect(diagnose(answer, delegation, MODEL)).toMatchObject({ status: "fail", cause, fix: { where } });
  });

  it("proves nothing if AWS is busy or unreachable", () => {
    for (const code of ["ThrottlingException", "ServiceUnavailableException", "NetworkError"])
      expect(diagnose(refusal(code, "?"), delegation, MODEL).status).toBe("unknown");
  });

  it("because of the request's content passes: IAM decides first and allowed it", () => {
    const answer = refusal("ValidationException", "max_tokens: must be greater");
    expect(diagnose(answer, delegation, MODEL).status).toBe("pass");
  });
});

describe("the probe of a call that must be denied", () => {
  it.each([
    ["by IAM", byIam("because no identity-based policy allows the bedrock:InvokeModel action"), "pass"],
    ["by EC2's name for it", refusal("", "UnauthorizedOperation: You are not authorized"), "pass"],
    ["for want of model access", NO_MODEL, "unknown"],
    ["for its content", refusal("ValidationException", "messages: required"), "fail"],
    [
      "for a model that isn't there",
      refusal("ValidationException", "The provided model identifier is invalid."),
      "unknown",
    ],
    ["by a throttle", refusal("ThrottlingException", "Rate exceeded"), "unknown"],
    ["not at all", { ok: true, code: "", message: "200" }, "fail"],
  ] as const)("whose answer is %s: %s", (_, answer, status) => {
    expect(mustDeny(answer, delegation, "Converse").status).toBe(status);
  });
});
