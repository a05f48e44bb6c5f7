/** An error for a caller, before it has the form of the caller's protocol. */
import { isUnknownModel } from "../bedrock/errors.ts";
import { SignetError, type ErrorCode } from "../core/errors.ts";

export interface Failure {
  /** HTTP status. */
  status: number;
  /** Signet's own code; null for Bedrock's errors that are only passed on. */
  code: ErrorCode | null;
  /** The exception's AWS name, e.g. `ThrottlingException`. */
  type: string;
  /** Safe to show. */
  message: string;
  /** The path of the field at fault. */
  param?: string;
  /** Seconds. */
  retryAfter?: number;
}

/** A whole answer in one protocol's form. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export function failureOf(error: SignetError): Failure {
  const { status, code, type, message, param, retryAfter } = error;
  return {
    status,
    code,
    type,
    message,
    ...(param === undefined ? {} : { param }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

const UNAUTHENTICATED: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>([
  "authentication_failed",
  "unknown_aws_credentials",
  "incomplete_signature",
  "invalid_signature",
  "signature_expired",
]);

/** Whether the caller isn't who it says: 403 to AWS, 401 to everyone else. */
export function isUnauthenticated({ code }: Failure): boolean {
  return UNAUTHENTICATED.has(code);
}

/** For every protocol but Bedrock's own: errors that its clients would misunderstand. */
export function withoutBedrockIdioms(failure: Failure): Failure {
  // A model that failed: elsewhere 424 has no meaning, and clients would not retry it.
  if (failure.status === 424) return { ...failure, status: 502 };
  if (!isUnknownModel(failure)) return failure;
  return failureOf(
    new SignetError("unknown_model", "Bedrock has no model with this name here.", { param: "model" }),
  );
}

/** An answer with a JSON body, Signet's code and when to try again. `headers`: those of the protocol. */
export function errorAnswer(
  { code, retryAfter }: Failure,
  status: number,
  headers: Readonly<Record<string, string>>,
  value: object,
): ErrorAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: {
      ...headers,
      ...(code !== null && { "x-signet-error": code }),
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      "content-type": "application/json",
      "content-length": String(body.length),
    },
    body,
  };
}
