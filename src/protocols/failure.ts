/** An error on its way to a caller, before it has the form of the caller's protocol. */
import type { ErrorCode, SignetError } from "../core/errors.ts";

export interface Failure {
  /** HTTP status. */
  status: number;
  /** Signet's own code; null for what Bedrock said and Signet only passes on. */
  code: ErrorCode | null;
  /** The exception's AWS name, e.g. `ThrottlingException`. */
  type: string;
  /** Safe to show. */
  message: string;
  /** The path of the field that is to blame. */
  param?: string;
  /** Seconds. */
  retryAfter?: number;
}

/** A whole answer, in the form of one protocol. */
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

/** Bedrock's words for a request that doesn't fit the model's context, by which SDKs' users recognise it. */
export function isTooLong({ status, message }: Failure): boolean {
  return (
    status === 400 &&
    /input is too long|prompt is too long|too many (?:input )?tokens|context (?:length|window)|maximum context/i.test(
      message,
    )
  );
}

/** An answer with a JSON body. */
export function jsonAnswer(status: number, headers: Record<string, string>, value: unknown): ErrorAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { ...headers, "content-type": "application/json", "content-length": String(body.length) },
    body,
  };
}
