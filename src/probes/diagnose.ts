/** What AWS's answer to a call means and how to fix it. Wordings as in "Troubleshoot access denied error messages". */
import type { Delegation } from "../core/delegation.ts";
import type { Cause, Fix } from "../core/verification.ts";
import { isSkewRefusal } from "../bedrock/errors.ts";
import { fixBy, fixOtherPolicies, fixRole } from "./fixes.ts";
import { isGuardrail } from "./models.ts";
import { passed, type Finding } from "./probe.ts";
import type { Answer } from "./send.ts";

/** IAM's own denial. It quotes names that anyone can choose, so it is matched before anything else. */
const BY_IAM = /is not authorized to perform: (?!aws-marketplace:)/;
const MODEL_ACCESS = /access to the model|model access|marketplace|not subscribed|end of its life/i;
const WRONG_MODEL = /model identifier is invalid|on-demand throughput|isn.t supported in this region/i;
const BAD_SESSION =
  /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken)/;
const BUSY = /^(?:Throttling|TooManyRequests|ServiceUnavailable|InternalServer|ModelNotReady|ModelTimeout)/;
const DENIED = /AccessDenied|UnauthorizedOperation|AuthorizationError/;

/** Diagnoses a call that the grants allow. */
export function diagnose(answer: Answer, delegation: Delegation, subject: string): Finding {
  if (answer.ok) return passed(`HTTP ${answer.message}`);
  const { code, message } = answer;
  const said = `${code}: ${message}`;
  const failed = (cause: Cause, fix: Fix): Finding => ({ status: "fail", answer: said, cause, fix });
  if (code === "NetworkError") return { status: "unknown", answer: message, cause: "network" };
  if (BUSY.test(code)) return { status: "unknown", answer: said, cause: "throttling" };
  if (isSkewRefusal({ status: 403, type: code, message, requestId: "" }))
    return failed("clock", fixBy("signet", "Synchronize this machine's clock with NTP."));
  if (BAD_SESSION.test(code)) {
    const advice =
      "Enable the region for the account, or grant another: Bedrock does not recognize the session there.";
    return failed("region", fixBy("account", advice));
  }
  if (BY_IAM.test(message)) return failed(...denial(message, delegation));
  if (MODEL_ACCESS.test(message)) {
    const advice =
      `Have an administrator of the account open ${subject} once in the Bedrock console's model catalog (a third ` +
      "party's model needs an AWS Marketplace subscription; the role neither needs nor gets permission for that), or grant another model.";
    return failed("model_access", fixBy("account", advice));
  }
  if (code === "AccessDeniedException") return failed(...denial(message, delegation));
  if (WRONG_MODEL.test(message) || code === "ResourceNotFoundException")
    return failed("region", fixSubject(delegation, subject));
  // IAM decides first: a call refused for its content was allowed.
  return passed(`allowed by IAM; then ${said}`);
}

function fixSubject({ name }: Delegation, subject: string): Fix {
  const advice = isGuardrail(subject)
    ? `Grant a guardrail that exists in the region: ${subject} does not.`
    : `Grant a model that is available under this name in the region: ${subject} is not. Many models can only be called through an inference profile (us.…, eu.…).`;
  return fixBy("signet", advice, `signet delegation edit ${name} --model …`);
}

/** By the kind of policy that AWS names. */
function denial(message: string, delegation: Delegation): [Cause, Fix] {
  if (/service control policy|resource control policy/.test(message)) {
    const advice =
      "Allow this action in the organization's policies; those that deny regions must exempt `unspecified` for global profiles.";
    return ["service_control_policy", fixBy("account", advice)];
  }
  if (/VPC endpoint policy/.test(message))
    return ["network", fixBy("signet", "Allow this action in the policy of Signet's VPC endpoint.")];
  if (/permissions boundary/.test(message))
    return ["role_policy", fixBy("role", "Allow this action in the role's permissions boundary.")];
  if (/session policy/.test(message)) {
    const advice =
      "Report this as a bug: the session policy that Signet makes from the grants doesn't allow what they allow.";
    return ["session_policy", fixBy("signet", advice, `signet policy session ${delegation.name}`)];
  }
  if (/explicit deny/.test(message)) {
    const advice =
      "Replace all of the role's policies with this inline policy: one of them denies this (AWSRevokeOlderSessions, if sessions were revoked).";
    return ["role_policy", fixOtherPolicies(delegation, advice)];
  }
  const advice = "Attach this inline policy to the role: it is compiled from the delegation's grants.";
  return ["role_policy", fixRole(delegation, advice)];
}

/** Checks a call that must be denied, by IAM and not for any other reason. */
export function mustDeny(answer: Answer, delegation: Delegation, what: string): Finding {
  const { ok, code, message } = answer;
  const said = ok ? `HTTP ${message}` : `${code}: ${message}`;
  if (!ok && DENIED.test(said))
    return BY_IAM.test(message) || !MODEL_ACCESS.test(message)
      ? passed(code || "denied")
      : { status: "unknown", answer: said };
  // An error about the content means that IAM allowed the call; any other error leaves that open.
  const isContent = code === "ValidationException" && !WRONG_MODEL.test(message);
  if (!ok && !isContent) return { status: "unknown", answer: said };
  const advice = `Replace all of the role's policies with this inline policy: it doesn't allow ${what}.`;
  return { status: "fail", answer: said, cause: "role_policy", fix: fixOtherPolicies(delegation, advice) };
}
