/** Errors in Gemini's shape: Google's `google.rpc.Status`. Source: Google's API design guide, "Errors". */
import {
  errorAnswer,
  type ErrorAnswer,
  type Failure,
  isUnauthenticated,
  withoutBedrockIdioms,
} from "../failure.ts";

/** `{"error":{code,message,status,details}}`. */
export function renderFailure(given: Failure): ErrorAnswer {
  const failure = withoutBedrockIdioms(given);
  return errorAnswer(failure, statusOf(failure), {}, failureBody(failure));
}

/** The same object in the middle of a stream. The SDK throws it. */
export function failureBody(failure: Failure): object {
  const code = statusOf(failure);
  const details = detailsOf(failure);
  return {
    error: {
      code,
      message: failure.message,
      status: nameOf(code),
      ...(details.length > 0 && { details }),
    },
  };
}

function statusOf(failure: Failure): number {
  return isUnauthenticated(failure) ? 401 : failure.status;
}

const NAMES: Record<number, string> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function nameOf(status: number): string {
  return NAMES[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}

const TYPE = "type.googleapis.com/google.rpc";

function detailsOf({ code, message, param, retryAfter }: Failure): object[] {
  const details: object[] = [];
  if (code !== null) {
    const reason = code === "authentication_failed" ? "API_KEY_INVALID" : code.toUpperCase();
    details.push({ "@type": `${TYPE}.ErrorInfo`, reason, domain: "signet" });
  }
  if (param !== undefined) {
    const fieldViolations = [{ field: param, description: message }];
    details.push({ "@type": `${TYPE}.BadRequest`, fieldViolations });
  }
  if (retryAfter !== undefined) details.push({ "@type": `${TYPE}.RetryInfo`, retryDelay: `${retryAfter}s` });
  return details;
}
