/** Errors in OpenAI's shape. Source: the API reference's error codes, and how the SDK handles them. */
import { isTooLong } from "../../bedrock/errors.ts";
import {
  errorAnswer,
  type ErrorAnswer,
  type Failure,
  isUnauthenticated,
  withoutBedrockIdioms,
} from "../failure.ts";
import { sse } from "../translation.ts";

/** `{"error":{message,type,param,code}}`; `id` is Signet's id of the call. */
export function renderFailure(given: Failure, id: string): ErrorAnswer {
  const failure = withoutBedrockIdioms(given);
  return errorAnswer(failure, statusOf(failure), { "x-request-id": id }, failureBody(failure));
}

/** The same in the middle of a stream. The SDK throws it. */
export function failureEvent(failure: Failure): string {
  return sse(JSON.stringify(failureBody(failure)));
}

export interface FailureBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The content of every error answer. */
export function failureBody(failure: Failure): FailureBody {
  const { message, param } = failure;
  return { error: { message, type: typeOf(failure), param: param ?? null, code: codeOf(failure) } };
}

/** OpenAI answers a bad key with 401; Bedrock, like the rest of AWS, with 403. */
function statusOf(failure: Failure): number {
  return isUnauthenticated(failure) ? 401 : failure.status;
}

function typeOf(failure: Failure): string {
  const status = statusOf(failure);
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** OpenAI's own code if there is one, else Signet's. */
function codeOf(failure: Failure): string | null {
  const { code, status } = failure;
  if (isUnauthenticated(failure)) return "invalid_api_key";
  if (code === "unknown_model") return "model_not_found";
  if (code === "budget_exhausted") return "insufficient_quota";
  if (status === 429) return "rate_limit_exceeded";
  return isTooLong(failure) ? "context_length_exceeded" : code;
}
