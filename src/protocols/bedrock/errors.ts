/**
 * Errors in Bedrock's own shape, and what is told of Bedrock's errors to a caller.
 *
 * A refusal of AWS speaks of roles, accounts and canonical requests (T30), so its text never passes: it is mapped
 * by its code. What Bedrock says of the request itself (validation, throttling, a model's failure) keeps its words.
 */
import { SignetError, type ErrorCode } from "../../core/errors.ts";

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** `{"message":…}` with the exception's name in `x-amzn-errortype`, and Signet's code in `x-signet-error`. */
export function renderError(error: SignetError, requestId: string): ErrorAnswer {
  const headers: Record<string, string> = {
    "x-amzn-requestid": requestId,
    "x-amzn-errortype": error.type,
    "x-signet-error": error.code,
  };
  if (error.retryAfter !== undefined) headers["retry-after"] = String(error.retryAfter);
  return rendered(error.status, headers, error.message);
}

function rendered(status: number, headers: Record<string, string>, message: string): ErrorAnswer {
  const body = Buffer.from(JSON.stringify({ message }));
  return {
    status,
    headers: { ...headers, "content-type": "application/json", "content-length": String(body.length) },
    body,
  };
}

/** What Bedrock answered instead of a result. */
export interface UpstreamError {
  status: number;
  /** The exception's name, without the namespace that AWS may append or prepend. */
  type: string;
  message: string;
  requestId: string;
}

/** Reads an answer with a status ≥ 400. The type stands in a header (`X:http://…`) or the body (`…#X`). */
export function readUpstreamError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): UpstreamError {
  let fields: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null) fields = parsed as Record<string, unknown>;
  } catch {
    // Not JSON (a proxy's page, garbage): the status alone has to do.
  }
  const named = headers["x-amzn-errortype"] ?? fields["__type"];
  const message = fields["message"] ?? fields["Message"];
  return {
    status,
    type: typeof named === "string" ? (named.split(":")[0]?.split("#").at(-1) ?? "") : "",
    message: typeof message === "string" ? message : "",
    requestId: headers["x-amzn-requestid"] ?? "",
  };
}

const SIGNATURE_TYPES = new Set([
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "ExpiredTokenException",
  "ExpiredToken",
  "IncompleteSignatureException",
  "IncompleteSignature",
  "MissingAuthenticationTokenException",
  "InvalidTokenException",
]);

/** Whether AWS refused the gateway's own signature or session rather than what was asked for. */
export function isSignatureRefusal({ status, type, message }: UpstreamError): boolean {
  return status === 403 && (SIGNATURE_TYPES.has(type) || message.startsWith("Credential should be scoped"));
}

/** Whether AWS found the signature's time too far from its own. */
export function isSkewRefusal({ message }: UpstreamError): boolean {
  return /^Signature (?:expired|not yet current)/.test(message);
}

const NO_MODEL_ACCESS = /access to the model|model access|marketplace|not subscribed/i;

/** The answer to the caller for Bedrock's error, with the Signet code where one applies. */
export function mapUpstreamError(error: UpstreamError): { answer: ErrorAnswer; code: ErrorCode | null } {
  if (isSignatureRefusal(error)) {
    return own(
      error,
      "upstream_rejected_signature",
      "AWS refused the gateway's credentials. Try again shortly.",
      5,
    );
  }
  if (error.status === 401 || error.status === 403)
    return own(error, "upstream_access_denied", denial(error));
  if (error.status >= 300 && error.status < 400) {
    return own(
      error,
      "upstream_invalid",
      "Bedrock's endpoint answered with a redirect, which is never followed.",
    );
  }
  const headers: Record<string, string> = {
    "x-amzn-requestid": error.requestId,
    "x-amzn-errortype": error.type || typeOfStatus(error.status),
  };
  // Bedrock sends no Retry-After; SDKs wait better with one.
  if (error.status === 429) headers["retry-after"] = "1";
  return { answer: rendered(error.status, headers, withoutIdentities(error.message)), code: null };
}

function own(upstream: UpstreamError, code: ErrorCode, message: string, retryAfter?: number) {
  const error = new SignetError(code, message, retryAfter === undefined ? {} : { retryAfter });
  return { answer: renderError(error, upstream.requestId), code };
}

function denial({ message }: UpstreamError): string {
  return NO_MODEL_ACCESS.test(message)
    ? "The delegating AWS account has no access to this model. Its owner can request access in Amazon Bedrock."
    : "The delegating AWS account does not allow this call. Ask its owner to check the delegated role's policy.";
}

function typeOfStatus(status: number): string {
  return status < 500 ? "ValidationException" : "InternalServerException";
}

/** Takes principals and account numbers out of a text that is otherwise kept. */
function withoutIdentities(message: string): string {
  return message
    .replace(/arn:aws[a-z-]*:(?:iam|sts)::[^\s"',;]*/g, "[redacted]")
    .replace(/(?<![0-9])[0-9]{12}(?![0-9])/g, "[account]");
}
