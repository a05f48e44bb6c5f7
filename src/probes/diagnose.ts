/** What Bedrock's answer to a granted call means, and what mends it. AWS's wordings as observed in its answers. */
import type { Delegation } from "../core/delegation.ts";
import { mendBy, mendRole } from "./mends.ts";
import { passed, type Finding } from "./probe.ts";
import type { Answer } from "./send.ts";

const MODEL_ACCESS = /access to the model|model access|marketplace|not subscribed|end of its life/i;
const WRONG_MODEL = /model identifier is invalid|on-demand throughput|isn.t supported in this region/i;
const BAD_SESSION =
  /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken)/;
const BUSY = /^(?:Throttling|TooManyRequests|ServiceUnavailable|InternalServer|ModelNotReady|ModelTimeout)/;

/** Of a call that the grants allow. */
export function diagnose(answer: Answer, delegation: Delegation, subject: string): Finding {
  if (answer.ok) return passed(`HTTP ${answer.message}`);
  const said = `${answer.code}: ${answer.message}`;
  if (answer.code === "NetworkError") return { status: "unknown", answer: answer.message, cause: "network" };
  if (BUSY.test(answer.code)) return { status: "unknown", answer: said, cause: "throttling" };
  if (BAD_SESSION.test(answer.code))
    return {
      status: "fail",
      answer: said,
      cause: "region",
      mend: mendBy(
        "account",
        "Enable the region for the account, or grant another: Bedrock does not know the session there.",
      ),
    };
  if (MODEL_ACCESS.test(answer.message))
    return {
      status: "fail",
      answer: said,
      cause: "model_access",
      mend: mendBy(
        "account",
        `Let an administrator of the account open ${subject} once in the Bedrock console's model catalog (a third ` +
          "party's model is subscribed to through AWS Marketplace; the role needs and gets no such permission), or grant another model.",
      ),
    };
  if (answer.code === "AccessDeniedException") return denied(answer.message, said, delegation);
  if (WRONG_MODEL.test(answer.message) || answer.code === "ResourceNotFoundException")
    return {
      status: "fail",
      answer: said,
      cause: "region",
      mend: mendBy(
        "signet",
        `Grant a model that is offered under this name in the region: ${subject} isn't. Many are callable through an inference profile (us.…, eu.…) only.`,
        `signet delegation edit ${delegation.name} --model …`,
      ),
    };
  // IAM decides first: what is refused for its content was allowed.
  return passed(`allowed by IAM; then ${said}`);
}

function denied(message: string, said: string, delegation: Delegation): Finding {
  if (/service control policy/.test(message))
    return {
      status: "fail",
      answer: said,
      cause: "service_control_policy",
      mend: mendBy(
        "account",
        "Let the organization's service control policies allow this action; those that deny regions must leave out `unspecified` for global profiles.",
      ),
    };
  if (/session policy/.test(message))
    return {
      status: "fail",
      answer: said,
      cause: "session_policy",
      mend: mendBy(
        "signet",
        "The session policy is narrower than the grants.",
        "signet policy session --help",
      ),
    };
  const explicit = /explicit deny in an identity-based policy/.test(message);
  const advice = explicit
    ? "Take away the role's statement that denies this (AWSRevokeOlderSessions if sessions were revoked), and put this policy on it."
    : "Put this inline policy on the role: it is compiled from the delegation's grants.";
  return { status: "fail", answer: said, cause: "role_policy", mend: mendRole(delegation, advice) };
}

/** Of a call that must be denied: by IAM, not for any other reason. */
export function mustDeny(answer: Answer, delegation: Delegation, what: string): Finding {
  const said = answer.ok ? `HTTP ${answer.message}` : `${answer.code}: ${answer.message}`;
  const isDenial = /^(?:AccessDenied|UnauthorizedOperation|AuthorizationError)/.test(answer.code || said);
  if (!answer.ok && (isDenial || /AccessDenied|UnauthorizedOperation/.test(answer.message)))
    return MODEL_ACCESS.test(answer.message)
      ? { status: "unknown", answer: said }
      : passed(answer.code || "denied");
  const undecided = answer.code !== "ValidationException" || WRONG_MODEL.test(answer.message);
  if (!answer.ok && undecided) return { status: "unknown", answer: said };
  const advice = `Put this inline policy on the role in place of all others: it doesn't allow ${what}.`;
  return { status: "fail", answer: said, cause: "role_policy", mend: mendRole(delegation, advice) };
}
