import { describe, expect, it } from "vitest";
import { SignetError, type ErrorCode } from "../../core/errors.ts";
import { failureOf, type Failure } from "../failure.ts";
import { failureEvent, renderFailure } from "./errors.ts";

function answered(failure: Failure): { status: number; type: unknown } {
  const { status, body } = renderFailure(failure, "id-1");
  return { status, type: (JSON.parse(String(body)) as { error: { type: unknown } }).error.type };
}

describe("an error", () => {
  it.each<[ErrorCode, number, string]>([
    ["invalid_body", 400, "invalid_request_error"],
    ["unsupported_parameter", 400, "invalid_request_error"],
    ["authentication_failed", 401, "authentication_error"],
    ["unknown_aws_credentials", 401, "authentication_error"],
    ["incomplete_signature", 401, "authentication_error"],
    ["invalid_signature", 401, "authentication_error"],
    ["signature_expired", 401, "authentication_error"],
    ["model_denied", 403, "permission_error"],
    ["unknown_model", 404, "not_found_error"],
    ["unknown_route", 404, "not_found_error"],
    ["method_not_allowed", 405, "invalid_request_error"],
    ["request_timeout", 408, "timeout_error"],
    ["body_too_large", 413, "request_too_large"],
    ["internal", 500, "api_error"],
    ["upstream_invalid", 502, "api_error"],
    ["role_denied", 503, "api_error"],
    ["draining", 503, "api_error"],
    ["overloaded", 529, "overloaded_error"],
    ["upstream_timeout", 504, "timeout_error"],
  ])("of Signet's with code %s becomes %i %s", (code, status, type) => {
    expect(answered(failureOf(new SignetError(code, "No.")))).toEqual({ status, type });
  });

  it.each([
    ["ValidationException", 400, 400, "invalid_request_error"],
    ["AccessDeniedException", 403, 403, "permission_error"],
    ["ModelTimeoutException", 408, 408, "timeout_error"],
    ["ThrottlingException", 429, 429, "rate_limit_error"],
    ["ModelNotReadyException", 429, 429, "rate_limit_error"],
    ["InternalServerException", 500, 500, "api_error"],
    ["ServiceUnavailableException", 503, 529, "overloaded_error"],
  ])("of Bedrock's named %s (%i) becomes %i %s", (name, given, status, type) => {
    expect(answered({ status: given, code: null, type: name, message: "No." })).toEqual({ status, type });
  });

  it("has its message, id, code and Retry-After", () => {
    const error = new SignetError("overloaded", "Too much is going on.", { retryAfter: 3 });
    const { headers, body } = renderFailure(failureOf(error), "id-1");
    expect(headers).toEqual({
      "request-id": "id-1",
      "x-signet-error": "overloaded",
      "retry-after": "3",
      "content-type": "application/json",
      "content-length": String(body.length),
    });
    expect(JSON.parse(String(body))).toEqual({
      type: "error",
      error: { type: "overloaded_error", message: "Too much is going on." },
      request_id: "id-1",
    });
  });

  it("from Bedrock has no Signet code", () => {
    const failure = { status: 400, code: null, type: "ValidationException", message: "No." };
    expect(renderFailure(failure, "id-1").headers).not.toHaveProperty("x-signet-error");
  });

  it.each([
    [
      "prompt is too long: 210000 tokens > 200000 maximum",
      "prompt is too long: 210000 tokens > 200000 maximum",
    ],
    ["Input is too long for requested model.", "prompt is too long: Input is too long for requested model."],
    ["The model is not ready.", "The model is not ready."],
  ])("of Bedrock's, %s, has the wording that Anthropic's clients recognize", (message, expected) => {
    const failure = { status: 400, code: null, type: "ValidationException", message };
    expect(JSON.parse(String(renderFailure(failure, "id-1").body))).toMatchObject({
      error: { message: expected },
    });
  });

  it("in a stream is a separate event", () => {
    const failure = { status: 429, code: null, type: "ThrottlingException", message: "Slow\ndown." };
    expect(failureEvent(failure, "id-1")).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"Slow\\ndown."},"request_id":"id-1"}\n\n',
    );
  });
});
