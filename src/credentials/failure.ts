/**
 * What a failed call to STS for a session means: whether waiting helps, how long it is remembered, and the caller's error. STS's
 * error names come with and without an `Exception` suffix. Source: STS AssumeRole and
 * GetScopedCredentials, errors.
 */
import { SignetError } from "../core/errors.ts";

/** Seconds that a denied role is remembered, so that one bad tenant cannot use up the account's STS quota. */
const DENIED_SECONDS = 15;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

const ABOUT_THE_ROLE = new Set([
  "AccessDenied",
  "InvalidSubjectCredentials",
  "MalformedPolicyDocument",
  "PackedPolicyTooLarge",
  "ValidationError",
  "RegionDisabled",
]);

export interface Failure {
  error: SignetError;
  /** No further attempt before this moment, epoch milliseconds. */
  until: number;
}

/** `failures` counts the failures in a row, this one included; `random` is uniform in [0, 1). */
export function failureOf(thrown: unknown, failures: number, now: number, random: () => number): Failure {
  const name = thrown instanceof Error ? thrown.name.replace(/Exception$/, "") : "";
  if (ABOUT_THE_ROLE.has(name)) {
    const message = "The delegated role can't be assumed at the moment. Ask the operator of this gateway.";
    return {
      error: new SignetError("role_denied", message, { cause: thrown, retryAfter: DENIED_SECONDS }),
      until: now + DENIED_SECONDS * 1000,
    };
  }
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 16));
  const delay = Math.max(100, ceiling * random());
  return {
    error: new SignetError(
      "credentials_unavailable",
      "AWS credentials can't be obtained at the moment. Try again.",
      {
        cause: thrown,
        retryAfter: Math.max(1, Math.ceil(delay / 1000)),
      },
    ),
    until: now + delay,
  };
}
