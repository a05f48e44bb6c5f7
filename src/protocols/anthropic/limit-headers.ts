/** The remaining limits. Source: Anthropic's page on rate limits, "Response headers". */
import type { LimitsLeft } from "../limit-headers.ts";

export function limitHeaders({ requests, tokens }: LimitsLeft): Record<string, string> {
  const headers: Record<string, string> = {};
  if (requests) {
    headers["anthropic-ratelimit-requests-limit"] = String(requests.max);
    headers["anthropic-ratelimit-requests-remaining"] = String(requests.remaining);
    headers["anthropic-ratelimit-requests-reset"] = timeOf(requests.resetsAt);
  }
  if (tokens) {
    headers["anthropic-ratelimit-tokens-limit"] = String(tokens.max);
    headers["anthropic-ratelimit-tokens-remaining"] = String(tokens.remaining);
    headers["anthropic-ratelimit-tokens-reset"] = timeOf(tokens.resetsAt);
  }
  return headers;
}

/** RFC 3339, to the second. */
function timeOf(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
}
