/** What can be wrong with a request to the admin API, and its answer. Nothing of an unexpected failure leaves but its id. */
import { InsightError } from "../call-index/errors.ts";
import { ExpectedError } from "../core/expected-error.ts";
import { OperatorError, type Problem } from "../registry/errors.ts";
import { StoreError } from "../store/store.ts";

/** The closed list of codes, with their HTTP statuses. */
export const ADMIN_ERRORS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  cross_site: 403,
  not_found: 404,
  method_not_allowed: 405,
  exists: 409,
  wrong_state: 409,
  idempotency_conflict: 409,
  precondition_failed: 412,
  body_too_large: 413,
  unsupported_media_type: 415,
  misdirected: 421,
  too_many_attempts: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

export class AdminError extends ExpectedError {
  readonly code: AdminErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: AdminErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = "AdminError";
    this.code = code;
    this.problems = problems;
  }

  get status(): (typeof ADMIN_ERRORS)[AdminErrorCode] {
    return ADMIN_ERRORS[this.code];
  }

  toJSON(): { error: { code: AdminErrorCode; message: string; problems?: readonly Problem[] } } {
    const { code, message, problems } = this;
    return { error: { code, message, ...(problems.length > 0 && { problems }) } };
  }
}

/** What was thrown, as an answer. What isn't known is `internal`, its text kept for the log. */
export function asAdminError(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  if (thrown instanceof OperatorError) return new AdminError(thrown.code, thrown.message, thrown.problems);
  if (thrown instanceof StoreError) return ofStore(thrown);
  if (thrown instanceof InsightError) return ofInsight(thrown);
  return new AdminError("internal", "Signet failed to handle this request. Its log says why.");
}

function ofStore({ code }: StoreError): AdminError {
  if (code === "conflict") return new AdminError("exists", "It was made or changed meanwhile. Look again.");
  if (code === "not_found") return new AdminError("not_found", "There is no such thing any more.");
  return new AdminError("unavailable", "The store can't be read or written at the moment.");
}

function ofInsight({ code }: InsightError): AdminError {
  if (code === "invalid_cursor")
    return new AdminError("invalid", "cursor: is none that a page gave", [
      { field: "cursor", message: "is none that a page gave" },
    ]);
  return new AdminError("unavailable", "The index of calls can't be read at the moment. Try again shortly.");
}
