/**
 * Errors in Bedrock's own shape, and what is told of Bedrock's errors to a caller.
 *
 * A refusal of AWS speaks of roles, accounts and canonical requests (T30), so its text never passes: it is mapped
 * by its code. What Bedrock says of the request itself (validation, throttling, a model's failure) keeps its words.
 */
import { SignetError, type ErrorCode } from "../../core/errors.ts";
import { failureOf, jsonAnswer, type ErrorAnswer, type Failure } from "../failure.ts";
import { jsonOf } from "../translation.ts";

/** `{"message":…}` with the exception's name in `x-amzn-errortype`, and Signet's code in `x-signet-error`. */
export function renderFailure(failure: Failure, requestId: string): ErrorAnswer {
  const { code, type, message, retryAfter } = failure;
  // AWS's SDKs try a 429 again and again; a budget stays exhausted.
  const status = code === "budget_exhausted" ? 403 : failure.status;
  const headers: Record<string, string> = { "x-amzn-requestid": requestId, "x-amzn-errortype": type };
  if (code !== null) headers["x-signet-error"] = code;
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  return jsonAnswer(status, headers, { message });
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
  // AWS's compatible endpoints answer in OpenAI's and Anthropic's shape.
  const error = (typeof fields["error"] === "object" ? fields["error"] : null) as typeof fields | null;
  const named = headers["x-amzn-errortype"] ?? fields["__type"] ?? error?.["type"];
  const message = fields["message"] ?? fields["Message"] ?? error?.["message"];
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

/** What the caller is told of Bedrock's error, with the Signet code where one applies. */
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

/** HTTP statuses of the exceptions that Bedrock can send in the middle of a stream. Source: its service model. */
const EXCEPTIONS: Record<string, number> = {
  validationException: 400,
  throttlingException: 429,
  modelTimeoutException: 408,
  modelStreamErrorException: 424,
  internalServerException: 500,
  serviceUnavailableException: 503,
};

/** The exception in a stream's frame, as if it had been the answer. `name` is camelCase there. */
export function readException(name: string, payload: Uint8Array): UpstreamError {
  let message: unknown;
  try {
    message = (jsonOf(payload) as { message?: unknown } | null)?.message;
  } catch {
    // Not JSON: the name alone has to do.
  }
  return {
    status: (Object.hasOwn(EXCEPTIONS, name) ? EXCEPTIONS[name] : undefined) ?? 500,
    type: name.charAt(0).toUpperCase() + name.slice(1),
    message: typeof message === "string" ? message : "Bedrock broke the stream off.",
    requestId: "",
  };
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
