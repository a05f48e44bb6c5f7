/** The remaining limits, in a response's headers. */

/** The tightest of the limits that apply; absent if none does. */
export interface LimitsLeft {
  requests?: LimitLeft;
  tokens?: LimitLeft;
}

export interface LimitLeft {
  max: number;
  remaining: number;
  /** Epoch milliseconds. */
  resetsAt: number;
}

/** OpenAI's names, which many other clients know. Source: OpenAI's guide to rate limits, "Rate limits in headers". */
export function commonLimitHeaders({ requests, tokens }: LimitsLeft, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  if (requests) {
    headers["x-ratelimit-limit-requests"] = String(requests.max);
    headers["x-ratelimit-remaining-requests"] = String(requests.remaining);
    headers["x-ratelimit-reset-requests"] = until(requests.resetsAt, now);
  }
  if (tokens) {
    headers["x-ratelimit-limit-tokens"] = String(tokens.max);
    headers["x-ratelimit-remaining-tokens"] = String(tokens.remaining);
    headers["x-ratelimit-reset-tokens"] = until(tokens.resetsAt, now);
  }
  return headers;
}

/** `12s`, `1m0s`. */
function until(time: number, now: number): string {
  const seconds = Math.ceil((time - now) / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
