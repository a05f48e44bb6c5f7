/**
 * When a call is sent a second time: never after a relayed byte, never on an ambiguous failure, and only within a
 * budget, so that retries can't multiply an outage. Signature and session refusals are fixed first.
 */
import type { UpstreamError } from "../bedrock/errors.ts";
import { isPassing } from "../proxy/tunnel.ts";
import { UpstreamTimeout } from "./upstream.ts";
import { isSignatureRefusal, isSkewRefusal } from "../bedrock/errors.ts";

/** System calls whose failure comes before any byte of the request can have left. */
const NOT_CONNECTED = new Set(["connect", "getaddrinfo"]);

export type Retry = "no" | "again" | "new_session" | "younger_session" | "new_time";

export interface RetryBudget {
  /** Takes one retry from the budget: 10 % of the calls in flight, at least 3. False if the budget is used up. */
  take(inFlight: number): boolean;
  give(): void;
}

export function createRetryBudget(): RetryBudget {
  let running = 0;
  return {
    take(inFlight) {
      if (running >= Math.max(3, Math.floor(inFlight / 10))) return false;
      running++;
      return true;
    },
    give: () => void running--,
  };
}

/** What to do about an answer with a status ≥ 400. */
export function retryForAnswer(error: UpstreamError): Retry {
  if (isSignatureRefusal(error)) return isSkewRefusal(error) ? "new_time" : "new_session";
  if (isExplicitDenial(error)) return "younger_session";
  return error.status === 429 || error.status === 503 ? "again" : "no";
}

/** The role's owner may have revoked older sessions (AWSRevokeOlderSessions): a newer one may be accepted. */
function isExplicitDenial({ status, message }: UpstreamError): boolean {
  return status === 403 && message.includes("with an explicit deny in an identity-based policy");
}

/** What to do about an exchange that failed without an answer. */
export function retryForFailure(error: unknown): Retry {
  return isNotConnected(error) ? "again" : "no";
}

function isNotConnected(error: unknown): boolean {
  if (codeOf(error) === "UND_ERR_CONNECT_TIMEOUT" || isPassing(error)) return true;
  return error instanceof Error && "syscall" in error && NOT_CONNECTED.has(String(error.syscall));
}

export function isTimeout(error: unknown): boolean {
  return error instanceof UpstreamTimeout;
}

/** Something answered, but not in HTTP, or with headers beyond the limit. */
export function isUnreadable(error: unknown): boolean {
  // undici gives a parser's error a name, but not always a code.
  const isParserError = error instanceof Error && error.name === "HTTPParserError";
  return isParserError || codeOf(error) === "UND_ERR_HEADERS_OVERFLOW";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
