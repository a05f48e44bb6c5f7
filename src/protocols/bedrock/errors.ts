/** Errors in Bedrock's own shape. */
import { errorAnswer, type ErrorAnswer, type Failure } from "../failure.ts";

/** `{"message":…}` with the exception's name in `x-amzn-errortype`, and Signet's code in `x-signet-error`. */
export function renderFailure(failure: Failure, requestId: string): ErrorAnswer {
  const { code, type, message } = failure;
  // AWS's SDKs retry a 429 repeatedly; a budget stays exhausted.
  const status = code === "budget_exhausted" ? 403 : failure.status;
  const headers = { "x-amzn-requestid": requestId, "x-amzn-errortype": type };
  return errorAnswer(failure, status, headers, { message });
}
