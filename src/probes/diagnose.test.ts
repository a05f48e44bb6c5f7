import { describe, expect, it } from "vitest";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation } from "../core/delegation.ts";
import type { Cause } from "../core/verification.ts";
import { rolePolicy } from "../iam/role-policy.ts";
import { mustDeny } from "./denial.ts";
import { diagnose } from "./diagnose.ts";
import type { Answer } from "./send.ts";

const MODEL = "amazon.nova-lite-v1:0";
const CALLED = { region: "us-east-1", subject: MODEL };
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
      "unknown_model",
      "signet",
    ],
    [
      "a model's end",
      refusal(
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
      ),
      "end_of_life",
      "signet",
    ],
    [
      "a legacy model",
      refusal(
        "ResourceNotFoundException",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
      ),
      "end_of_life",
      "signet",
    ],
    [
      "the use case form",
      refusal(
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
      ),
      "model_access",
      "account",
    ],
    [
      "the payment",
      refusal(
        "AccessDeniedException",
        "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.",
      ),
      "model_access",
      "account",
    ],
    ["the account", refusal("ValidationException", "Operation not allowed"), "model_access", "account"],
    [
      "the account's verification",
      refusal("AccessDeniedException", "Your account is not authorized to invoke this API operation."),
      "model_access",
      "account",
    ],
    [
      "a profile that doesn't exist",
      refusal(
        "AccessDeniedException",
        "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/us.amazon.nova-never-v1:0 because no identity-based policy allows the bedrock:InvokeModel action",
      ),
      "unknown_model",
      "signet",
    ],
    [
      "on-demand throughput",
      refusal(
        "ValidationException",
        `Invocation of model ID ${MODEL} with on-demand throughput isn’t supported.`,
      ),
      "profile_required",
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
    expect(diagnose(answer, delegation, CALLED)).toMatchObject({ status: "fail", cause, fix: { where } });
  });

  const deniedOn = (resource: string) =>
    refusal(
      "AccessDeniedException",
      `User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: bedrock:InvokeModel on resource: ${resource} because no identity-based policy allows the bedrock:InvokeModel action`,
    );

  it("on the project is about the project, and the fix has the statement for it", () => {
    const project = "arn:aws:bedrock:us-east-1:111122223333:project/default";
    const { cause, fix } = diagnose(deniedOn(project), delegation, CALLED);
    expect([cause, fix?.where]).toEqual(["project", "role_policy"]);
    expect(fix?.advice).toContain("the project default");
    expect(JSON.stringify(fix?.policy)).toContain(project);
  });

  it("on something that the compiled policy doesn't cover is fixed by a policy that does", () => {
    const elsewhere = `arn:aws:bedrock:sa-east-1::foundation-model/${MODEL}`;
    expect(JSON.stringify(rolePolicy(delegation))).not.toContain("sa-east-1");
    const { cause, fix } = diagnose(deniedOn(elsewhere), delegation, CALLED);
    expect(cause).toBe("role_policy");
    expect(JSON.stringify(fix?.policy)).toContain(elsewhere);
  });

  it("of a name that is called from other regions names the profiles that fit", () => {
    const invalid = refusal("ValidationException", "The provided model identifier is invalid.");
    const called = { region: "eu-central-1", subject: "us.amazon.nova-lite-v1:0" };
    const { cause, fix } = diagnose(invalid, delegation, called);
    expect(cause).toBe("region");
    expect(fix?.advice).toContain("eu.amazon.nova-lite-v1:0");
  });

  it("for want of a profile names those of the model in the region", () => {
    const answer = refusal("ValidationException", "The provided model doesn't support on-demand throughput.");
    const { fix } = diagnose(answer, delegation, CALLED);
    expect(fix?.advice).toContain("(us.amazon.nova-lite-v1:0");
  });

  it("proves nothing if something else answered", () => {
    for (const code of ["ForeignAnswer", "ProxyError"])
      expect(diagnose(refusal(code, "HTTP 403"), delegation, CALLED)).toMatchObject({
        status: "unknown",
        cause: "proxy",
      });
  });

  it("proves nothing if AWS is busy or unreachable", () => {
    for (const code of ["ThrottlingException", "ServiceUnavailableException", "NetworkError"])
      expect(diagnose(refusal(code, "?"), delegation, CALLED).status).toBe("unknown");
  });

  it("proves nothing if the host doesn't have the operation", () => {
    const answer = refusal("", "<UnknownOperationException/>");
    expect(diagnose(answer, delegation, CALLED).status).toBe("unknown");
    expect(mustDeny(answer, delegation, "Converse").status).toBe("unknown");
  });

  it("because of the request's content passes: IAM decides first and allowed it", () => {
    const answer = refusal("ValidationException", "max_tokens: must be greater");
    expect(diagnose(answer, delegation, CALLED).status).toBe("pass");
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
    [
      "by IAM, on the project of the call",
      refusal(
        "AccessDeniedException",
        "User: x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1:111122223333:project/default because no identity-based policy allows the bedrock:InvokeModel action",
      ),
      "unknown",
    ],
    [
      "for a model that has ended",
      refusal("ResourceNotFoundException", "This model version has reached the end of its life."),
      "unknown",
    ],
    ["a proxy's", refusal("ForeignAnswer", "HTTP 403"), "unknown"],
    ["by a throttle", refusal("ThrottlingException", "Rate exceeded"), "unknown"],
    ["not at all", { ok: true, code: "", message: "200" }, "fail"],
  ] as const)("whose answer is %s: %s", (_, answer, status) => {
    expect(mustDeny(answer, delegation, "Converse").status).toBe(status);
  });
});
