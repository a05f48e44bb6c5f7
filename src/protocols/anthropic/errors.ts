/** Errors in Anthropic's shape. Source: the API reference's list of errors, and how the SDK handles them. */
import { isTooLong } from "../../bedrock/errors.ts";
import {
  errorAnswer,
  type ErrorAnswer,
  type Failure,
  isUnauthenticated,
  withoutBedrockIdioms,
} from "../failure.ts";
import { sse } from "../translation.ts";

/** `{"type":"error","error":{type,message},"request_id"}`; `id` is Signet's id of the call. */
export function renderFailure(given: Failure, id: string): ErrorAnswer {
  const failure = withoutBedrockIdioms(given);
  return errorAnswer(failure, statusOf(failure), { "request-id": id }, errorOf(failure, id));
}

/** The same in the middle of a stream. The SDK throws it. */
export function failureEvent(failure: Failure, id: string): string {
  return sse(JSON.stringify(errorOf(failure, id)), "error");
}

function errorOf(failure: Failure, id: string): object {
  return {
    type: "error",
    error: { type: typeOf(statusOf(failure)), message: messageOf(failure) },
    request_id: id,
  };
}

const TOO_LONG = "prompt is too long";

/** Bedrock's own message, after the phrase that tells Anthropic's clients to shorten the conversation. */
function messageOf(failure: Failure): string {
  const { message } = failure;
  return isTooLong(failure) && !message.includes(TOO_LONG) ? `${TOO_LONG}: ${message}` : message;
}

/**
 * Anthropic answers a bad key with 401; Bedrock, like the rest of AWS, with 403. 529 is Anthropic's status for too many
 * requests from everyone: Bedrock's own 503, and Signet's. The SDK retries every 5xx.
 */
function statusOf(failure: Failure): number {
  const { code, status } = failure;
  if (isUnauthenticated(failure)) return 401;
  return status === 503 && (code === null || code === "overloaded") ? 529 : status;
}

const TYPES: Record<number, string> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function typeOf(status: number): string {
  return TYPES[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}
