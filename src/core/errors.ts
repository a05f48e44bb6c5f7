/**
 * The closed list of errors a caller can get. docs/errors.md gives each its cause and fix, and a test keeps the two
 * equal. `type` is the exception name in Bedrock's own shape; other protocols derive theirs from `status`.
 */
import { ExpectedError } from "./expected-error.ts";

export const ERRORS = {
  unknown_route: { status: 404, type: "UnknownOperationException" },
  method_not_allowed: { status: 405, type: "UnknownOperationException" },
  malformed_request: { status: 400, type: "ValidationException" },
  malformed_path: { status: 400, type: "ValidationException" },
  invalid_query: { status: 400, type: "ValidationException" },
  invalid_header: { status: 400, type: "ValidationException" },
  invalid_body: { status: 400, type: "ValidationException" },
  unsupported_parameter: { status: 400, type: "ValidationException" },
  unknown_invocation: { status: 400, type: "ValidationException" },
  unknown_model: { status: 404, type: "ResourceNotFoundException" },
  body_too_large: { status: 413, type: "ValidationException" },
  unsupported_encoding: { status: 415, type: "ValidationException" },
  expectation_failed: { status: 417, type: "ValidationException" },
  headers_too_large: { status: 431, type: "ValidationException" },
  request_timeout: { status: 408, type: "ValidationException" },
  conflicting_credentials: { status: 400, type: "ValidationException" },
  authentication_failed: { status: 403, type: "AccessDeniedException" },
  unknown_aws_credentials: { status: 403, type: "UnrecognizedClientException" },
  incomplete_signature: { status: 403, type: "IncompleteSignatureException" },
  invalid_signature: { status: 403, type: "InvalidSignatureException" },
  signature_expired: { status: 403, type: "InvalidSignatureException" },
  delegation_inactive: { status: 403, type: "AccessDeniedException" },
  operation_denied: { status: 403, type: "AccessDeniedException" },
  model_denied: { status: 403, type: "AccessDeniedException" },
  region_denied: { status: 403, type: "AccessDeniedException" },
  account_denied: { status: 403, type: "AccessDeniedException" },
  setting_denied: { status: 403, type: "AccessDeniedException" },
  output_denied: { status: 403, type: "AccessDeniedException" },
  rate_limited: { status: 429, type: "ThrottlingException" },
  too_many_concurrent_calls: { status: 429, type: "ThrottlingException" },
  budget_exhausted: { status: 429, type: "ServiceQuotaExceededException" },
  unpriced_model: { status: 403, type: "AccessDeniedException" },
  credentials_unavailable: { status: 503, type: "ServiceUnavailableException" },
  role_denied: { status: 503, type: "ServiceUnavailableException" },
  store_unavailable: { status: 503, type: "ServiceUnavailableException" },
  audit_unavailable: { status: 503, type: "ServiceUnavailableException" },
  overloaded: { status: 503, type: "ServiceUnavailableException" },
  draining: { status: 503, type: "ServiceUnavailableException" },
  upstream_access_denied: { status: 403, type: "AccessDeniedException" },
  upstream_rejected_signature: { status: 503, type: "ServiceUnavailableException" },
  upstream_unreachable: { status: 503, type: "ServiceUnavailableException" },
  upstream_invalid: { status: 502, type: "InternalServerException" },
  upstream_timeout: { status: 504, type: "ServiceUnavailableException" },
  internal: { status: 500, type: "InternalServerException" },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code from the list. `message` is safe to show the caller; `cause` is for the operator's log only. */
export class SignetError extends ExpectedError {
  readonly code: ErrorCode;
  /** Seconds for the Retry-After header, if waiting helps. */
  readonly retryAfter: number | undefined;
  /** The path of the invalid field in the request's body, e.g. `messages.0.content`. */
  readonly param: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryAfter?: number; cause?: unknown; param?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SignetError";
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.param = options.param;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get type(): string {
    return ERRORS[this.code].type;
  }
}

/** Anything thrown as a SignetError: without a code it is `internal`, and its text is kept only as the cause. */
export function asSignetError(thrown: unknown): SignetError {
  if (thrown instanceof SignetError) return thrown;
  return new SignetError("internal", "Signet failed to handle this request.", { cause: thrown });
}
