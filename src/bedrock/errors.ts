/** Bedrock's errors: read from an error answer, or from an exception in a stream. */
import { jsonOf } from "../core/json.ts";

/** An error that Bedrock answered. */
export interface UpstreamError {
  status: number;
  /** The exception's name, without the namespace that AWS may append or prepend. */
  type: string;
  message: string;
  requestId: string;
}

/** Reads an answer with a status ≥ 400. The type is in a header (`X:http://…`) or the body (`…#X`). */
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
    // Not JSON (a proxy's page, garbage): only the status is known.
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

/** Whether AWS refused the gateway's own signature or session rather than the caller's request. */
export function isSignatureRefusal({ status, type, message }: UpstreamError): boolean {
  return status === 403 && (SIGNATURE_TYPES.has(type) || message.startsWith("Credential should be scoped"));
}

/** Whether AWS found the signature's time too far from its own. */
export function isSkewRefusal({ message }: UpstreamError): boolean {
  return /^Signature (?:expired|not yet current)/.test(message);
}

type Said = Pick<UpstreamError, "status" | "message">;

/** Whether the request exceeds the model's context: SDKs and agents recognize that by a specific code or wording. */
export function isTooLong({ status, message }: Said): boolean {
  return (
    status === 400 &&
    /input is too long|prompt is too long|too many (?:input )?tokens|context (?:length|window)|maximum context/i.test(
      message,
    )
  );
}

/** Whether there is no model of that name, which Bedrock calls a validation error. */
export function isUnknownModel({ status, message }: Said): boolean {
  return status === 400 && /model identifier is invalid/i.test(message);
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
    // Not JSON: only the name is known.
  }
  return {
    status: (Object.hasOwn(EXCEPTIONS, name) ? EXCEPTIONS[name] : undefined) ?? 500,
    type: name.charAt(0).toUpperCase() + name.slice(1),
    message: typeof message === "string" ? message : "Bedrock broke the stream off.",
    requestId: "",
  };
}
