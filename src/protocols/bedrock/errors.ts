/** Errors in Bedrock's own shape. */
import { jsonAnswer, type ErrorAnswer, type Failure } from "../failure.ts";

/** `{"message":…}` with the exception's name in `x-amzn-errortype`, and Signet's code in `x-signet-error`. */
export function renderFailure(failure: Failure, requestId: string): ErrorAnswer {
  const { code, type, message, retryAfter } = failure;
  // AWS's SDKs try a 429 again and again; a budget stays exhausted.
  const status = code === "budget_exhausted" ? 403 : failure.status;
  const headers: Record<string, string> = { "x-amzn-requestid": requestId, "x-amzn-errortype": type };
  if (code !== null) headers["x-signet-error"] = code;
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  return jsonAnswer(status, headers, { message });
}
