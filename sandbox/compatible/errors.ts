/** AWS's refusals in the shapes of OpenAI's and Anthropic's APIs. Statuses are those of Bedrock's own exceptions. */
import type { AwsError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { CompatibleOperation } from "./routes.ts";

export interface OpenAiError {
  message: string;
  type: string;
  param: null;
  code: string;
}

const OPENAI_KINDS = new Map<number, Pick<OpenAiError, "type" | "code">>([
  [400, { type: "invalid_request_error", code: "validation_error" }],
  [403, { type: "permission_error", code: "access_denied" }],
  [404, { type: "invalid_request_error", code: "not_found_error" }],
  [408, { type: "server_error", code: "model_timeout" }],
  [413, { type: "invalid_request_error", code: "request_too_large" }],
  [424, { type: "server_error", code: "model_error" }],
  [429, { type: "rate_limit_error", code: "rate_limit_exceeded" }],
  [503, { type: "server_error", code: "service_unavailable" }],
]);

export function openAiError({ status, message }: AwsError): OpenAiError {
  const kind = OPENAI_KINDS.get(status) ?? { type: "server_error", code: "internal_server_error" };
  return { message, type: kind.type, param: null, code: kind.code };
}

const ANTHROPIC_TYPES = new Map<number, string>([
  [400, "invalid_request_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
]);

export function anthropicError({ status, message }: AwsError): object {
  return { type: "error", error: { type: ANTHROPIC_TYPES.get(status) ?? "api_error", message } };
}

export function compatibleErrorAnswer(error: AwsError, operation: CompatibleOperation): Answer {
  const isAnthropic = operation === "Messages" || operation === "CountMessageTokens";
  const body = isAnthropic ? anthropicError(error) : { error: openAiError(error) };
  return jsonAnswer(error.status, body);
}
