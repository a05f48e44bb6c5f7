/** Errors of the admin API and their answers. Details of an unexpected failure are only in the log. */
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

/** The answer for what was thrown. An unknown error is `internal`, and its text only goes to the log. */
export function asAdminError(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  if (thrown instanceof OperatorError) return new AdminError(thrown.code, thrown.message, thrown.problems);
  if (thrown instanceof StoreError) return ofStore(thrown);
  if (thrown instanceof InsightError) return ofInsight(thrown);
  return new AdminError("internal", "Signet failed to handle this request. See its log for the cause.");
}

function ofStore({ code }: StoreError): AdminError {
  if (code === "conflict")
    return new AdminError("exists", "It was modified in the meantime. Reload and retry.");
  if (code === "not_found") return new AdminError("not_found", "It no longer exists.");
  return new AdminError("unavailable", "The store can't be read or written at the moment.");
}

function ofInsight({ code }: InsightError): AdminError {
  if (code === "invalid_cursor")
    return new AdminError("invalid", "cursor: is not a valid cursor", [
      { field: "cursor", message: "is not a valid cursor" },
    ]);
  return new AdminError("unavailable", "The index of calls can't be read at the moment. Try again shortly.");
}
