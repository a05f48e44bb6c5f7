/**
 * What AWS's answer to a probe means, by its code and words. IAM's wordings: "Troubleshoot access denied error messages"
 * in the IAM user guide. Bedrock's own aren't documented as a list: each names where it was read, and none that isn't
 * recognized is taken for a denial by IAM.
 */
import { isSkewRefusal } from "../bedrock/errors.ts";
import { isProfileId } from "../core/model.ts";
import type { Answer } from "./send.ts";

export type Meaning =
  | "allowed"
  /** IAM allowed it; the request's content was refused. */
  | "content"
  /** An answer of AWS's that says nothing about permissions, such as that of a host that lacks the operation. */
  | "unclear"
  | "network"
  /** The HTTPS proxy opened no tunnel, or what answered isn't AWS. */
  | "proxy"
  | "busy"
  | "clock"
  /** The session isn't known in the region. */
  | "session"
  /** Denied by a policy. */
  | "iam"
  /** Denied by a policy, on the project of the call. */
  | "project"
  /** AWS names no policy and no other reason. */
  | "refused"
  | "ended"
  | "legacy"
  | "unknown_model"
  | "profile_required"
  | "subscription"
  | "use_case"
  | "payment"
  | "account";

/** IAM's own denial. It quotes names that anyone can choose, so it is matched before anything else. */
const BY_IAM = /is not authorized to perform: (?!aws-marketplace:)/;
/** Mantle words the denial like this: `… on resource: arn:aws:bedrock-mantle:us-west-2:…:project/default because no …`. */
const ON_PROJECT = / on resource: arn:[^ ]*:bedrock(?:-mantle)?:[^ ]*:project\//;
const BAD_SESSION =
  /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken)/;
const BUSY = /^(?:Throttling|TooManyRequests|ServiceUnavailable|InternalServer|ModelNotReady|ModelTimeout)/;
/** IAM decides before the request is read. */
const ABOUT_CONTENT = /^(?:Validation|ModelError|ModelStreamError|ServiceQuotaExceeded|Conflict)/;
const DENIED = /AccessDenied|UnauthorizedOperation|AuthorizationError/;

/** Words of Bedrock's that say more than their exception's name. The first that matches counts. */
const WORDS: readonly [RegExp, Meaning][] = [
  // ResourceNotFoundException. github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/issues/708
  [/reached the end of its life/i, "ended"],
  // ResourceNotFoundException, "Access denied. This Model is marked by provider as Legacy and you have not been actively
  // using the model in the last 30 days." github.com/awslabs/llmeter/issues/35
  [/marked by provider as Legacy/i, "legacy"],
  // ValidationException, "… with on-demand throughput isn’t supported" (typographic apostrophe), and before that "The
  // provided model doesn't support on-demand throughput." github.com/cline/cline/issues/689, github.com/aws-samples/bedrock-chat/issues/508
  [/on-demand throughput/i, "profile_required"],
  // "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:…" github.com/Tracer-Cloud/opensre/pull/1811
  [/INVALID_PAYMENT_INSTRUMENT|payment instrument/i, "payment"],
  // "Model use case details have not been submitted for this account." github.com/obot-platform/obot/issues/6747; "You have
  // not filled out the required use-case form" github.com/truefoundry/models/pull/934
  [/use.case (?:details|form)/i, "use_case"],
  // "… not authorized to perform the required AWS Marketplace actions (…)" github.com/ministryofjustice/modernisation-platform-environments/pull/18323;
  // "You don't have access to the model with the specified model ID." github.com/langgenius/dify/issues/2829
  [/access to the model|model access|marketplace|not subscribed/i, "subscription"],
  // ValidationException "Operation not allowed", whatever the model: github.com/kirodotdev/Kiro/issues/11191, github.com/aws/aws-cli/issues/8717;
  // "Your account is not authorized to invoke this API operation." github.com/aws-samples/amazon-bedrock-workshop/issues/100
  [/^Operation not allowed|your account is not authorized/i, "account"],
  // ValidationException "The provided model identifier is invalid."
  [/model identifier is invalid|isn.t supported in this region/i, "unknown_model"],
];

export function meaningOf(answer: Answer): Meaning {
  if (answer.ok) return "allowed";
  const { code, message } = answer;
  if (code === "NetworkError") return "network";
  if (code === "ProxyError" || code === "ForeignAnswer") return "proxy";
  if (BUSY.test(code)) return "busy";
  if (isSkewRefusal({ status: 403, type: code, message, requestId: "" })) return "clock";
  if (BAD_SESSION.test(code)) return "session";
  if (BY_IAM.test(message)) return deniedOn(message);
  const said = WORDS.find(([words]) => words.test(message));
  if (said) return said[1];
  if (DENIED.test(`${code}: ${message}`)) return "refused";
  if (code === "ResourceNotFoundException") return "unknown_model";
  return ABOUT_CONTENT.test(code) ? "content" : "unclear";
}

function deniedOn(message: string): Meaning {
  if (ON_PROJECT.test(message)) return "project";
  // A profile's id where a foundation model's should be: no profile has this name there, so that no policy is to blame.
  const model = / on resource: \S*:foundation-model\/(\S+)/.exec(message)?.[1];
  return model !== undefined && isProfileId(model) ? "unknown_model" : "iam";
}

/** Whether another model may be answered otherwise: the refusal is about this one, or about nothing that is known. */
export function isAboutModel(meaning: Meaning): boolean {
  return [
    "ended",
    "legacy",
    "unknown_model",
    "profile_required",
    "subscription",
    "use_case",
    "payment",
    "busy",
  ].includes(meaning);
}
