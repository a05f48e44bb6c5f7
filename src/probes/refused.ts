/** Why STS refused AssumeRole with the right External ID, and how to fix it. */
import type { Delegation } from "../core/delegation.ts";
import type { Cause } from "../core/verification.ts";
import { principalOf } from "../core/principal.ts";
import { isAnotherPrincipal, type Subject } from "./identity.ts";
import { fixBy, fixProxy, fixRole, fixSignet, fixTrust } from "./fixes.ts";
import type { Finding } from "./probe.ts";

export interface Refusal {
  /** STS's code without an `Exception` suffix, or `NetworkError`. */
  code: string;
  message: string;
}

const BUSY = /^(?:Throttling|InternalFailure|ServiceUnavailable)/;
const BAD_CREDENTIALS =
  /^(?:NoCredentials|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId)/;
/** A service that doesn't have GetScopedCredentials, such as STS's global endpoint. */
const NOT_SCOPED = /^(?:InvalidAction|InvalidSubjectCredentials)/;
const BAD_POLICY = /^(?:PackedPolicyTooLarge|MalformedPolicyDocument)/;

/** The finding if nothing was proven: no answer, or AWS is busy. Undefined for every other refusal. */
export function undecided({ code, message }: Refusal): Finding | undefined {
  if (code === "NetworkError") return { status: "unknown", answer: message, cause: "network" };
  if (code === "ProxyError" || code === "ForeignAnswer")
    return { status: "unknown", answer: message, cause: "proxy", fix: fixProxy() };
  if (BUSY.test(code)) return { status: "unknown", answer: `${code}: ${message}`, cause: "throttling" };
  return undefined;
}

export function refused(refusal: Refusal, subject: Subject): Finding {
  const open = undecided(refusal);
  if (open) return open;
  const { code, message } = refusal;
  const { name, region } = subject.delegation;
  const failed = (cause: Cause, fix: Finding["fix"]): Finding => ({
    status: "fail",
    answer: `${code}: ${message}`,
    cause,
    ...(fix === undefined ? {} : { fix }),
  });
  if (NOT_SCOPED.test(code)) return failed("configuration", fixEndpoint(subject.delegation));
  if (code === "AccessDenied") return denied(refusal, subject);
  if (code === "RegionDisabled") {
    const advice = `Activate STS in ${region} for the role's account, or give the delegation another region.`;
    return failed("region", fixBy("account", advice, `signet delegation edit ${name} --region us-east-1`));
  }
  if (BAD_CREDENTIALS.test(code)) return failed("base_credentials", fixCredentials());
  if (BAD_POLICY.test(code)) {
    const edit = `signet delegation edit ${name}`;
    const isScoped = subject.delegation.role.scopedCredentials === true;
    const otherwise = isScoped ? "" : " Or let STS narrow sessions in several steps: --scoped-credentials.";
    const advice = `Grant fewer models, or use patterns such as anthropic.claude-*: STS refuses the session policy and tags as too large.${otherwise}`;
    const commands = [`${edit} --model …`, ...(isScoped ? [] : [`${edit} --scoped-credentials`])];
    return failed("session_policy", fixBy("signet", advice, ...commands));
  }
  const advice = "Check the role's ARN and the session's settings.";
  return failed("configuration", fixBy("signet", advice, `signet delegation edit ${name} --help`));
}

function fixEndpoint({ name }: Delegation): Finding["fix"] {
  const advice =
    "Let Signet use the region's own STS (aws.endpoints.sts): the one that it asks has no GetScopedCredentials. Or grant what fits in one session policy.";
  return fixBy(
    "signet",
    advice,
    "signet config print",
    `signet delegation edit ${name} --no-scoped-credentials`,
  );
}

export function fixCredentials() {
  const advice =
    "Give Signet valid AWS credentials: an instance, task or pod role, a profile, or environment variables.";
  return fixBy("signet", advice, "signet doctor");
}

/** STS names the kind of policy that denied, but not for a trust policy or a missing role. */
function denied({ code, message }: Refusal, subject: Subject): Finding {
  const { delegation, identity } = subject;
  const answer = `${code}: ${message}`;
  const isScoping = /\bsts:GetScopedCredentials\b/.test(message);
  if (/service control policy/.test(message)) {
    const action = isScoping ? "sts:GetScopedCredentials" : "sts:AssumeRole";
    const advice = `Allow ${action} on this role in the organization's service control policies.`;
    return { status: "fail", answer, cause: "service_control_policy", fix: fixBy("account", advice) };
  }
  if (isScoping) {
    const advice =
      "Attach this inline policy to the role: its sessions are narrowed in several steps, for which they need sts:GetScopedCredentials.";
    return { status: "fail", answer, cause: "role_policy", fix: fixRole(delegation, advice) };
  }
  if (/identity-based policy|permissions boundary|session policy/.test(message))
    return { status: "fail", answer, cause: "signet_policy", fix: fixSignet(delegation) };
  if (identity !== undefined && isAnotherPrincipal(subject)) {
    const advice =
      `Run Signet as ${delegation.trust.principal}, which the trust policy names, instead of ${identity}; or change the ` +
      "delegation's principal, and give the account owner the new trust policy.";
    const command = `signet delegation edit ${delegation.name} --principal ${principalOf(identity)}`;
    return {
      status: "fail",
      answer,
      cause: "base_credentials",
      fix: fixBy("signet", advice, command, `signet policy trust ${delegation.name}`),
    };
  }
  const advice =
    "Create the role if it does not exist, and set this trust policy on it: it names Signet and its External ID. " +
    "(STS gives the same error for a missing role, another principal and another External ID.) If all of that is " +
    "in place, Signet's own user or role lacks sts:AssumeRole: `signet policy base` prints what it needs.";
  return { status: "fail", answer, cause: "trust_policy", fix: fixTrust(delegation, advice) };
}
