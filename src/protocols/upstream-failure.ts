/**
 * Bedrock's errors as callers see them.
 *
 * An AWS refusal mentions roles, accounts and canonical requests (T30), so its text never passes: it is mapped by
 * its code. Bedrock's messages about the request itself (validation, throttling, a model's failure) are kept.
 */
import { isSignatureRefusal, type UpstreamError } from "../bedrock/errors.ts";
import { SignetError, type ErrorCode } from "../core/errors.ts";
import { failureOf, type Failure } from "./failure.ts";

const NO_MODEL_ACCESS = /access to the model|model access|marketplace|not subscribed/i;

/** Bedrock's error for the caller, with the Signet code if one applies. */
export function failureOfUpstream(error: UpstreamError): Failure {
  if (isSignatureRefusal(error)) {
    const message = "AWS refused the gateway's credentials. Try again shortly.";
    return { ...own("upstream_rejected_signature", message), retryAfter: 5 };
  }
  if (error.status === 401 || error.status === 403) return own("upstream_access_denied", denial(error));
  if (error.status >= 300 && error.status < 400) {
    return own("upstream_invalid", "Bedrock's endpoint answered with a redirect, which is never followed.");
  }
  return {
    status: error.status,
    code: null,
    type: error.type || typeOfStatus(error.status),
    message: withoutIdentities(error.message),
    // Bedrock sends no Retry-After; SDKs wait better with one.
    ...(error.status === 429 && { retryAfter: 1 }),
  };
}

function own(code: ErrorCode, message: string): Failure {
  return failureOf(new SignetError(code, message));
}

function denial({ message }: UpstreamError): string {
  return NO_MODEL_ACCESS.test(message)
    ? "The delegating AWS account has no access to this model. Its owner can request access in Amazon Bedrock."
    : "The delegating AWS account does not allow this call. Ask its owner to check the delegated role's policy.";
}

function typeOfStatus(status: number): string {
  return status < 500 ? "ValidationException" : "InternalServerException";
}

/** Removes principals and account numbers from a text that is otherwise kept. */
function withoutIdentities(message: string): string {
  return message
    .replace(/arn:aws[a-z-]*:(?:iam|sts)::[^\s"',;]*/g, "[redacted]")
    .replace(/(?<![0-9])[0-9]{12}(?![0-9])/g, "[account]");
}
