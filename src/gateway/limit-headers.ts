/** What is left of limits, in the answer's head: the tightest that apply, in the words of the caller's protocol. */
import type { LimitStatus } from "../limits/service.ts";
import type { LimitState } from "../limits/state.ts";

type Kind = "requests" | "tokens";

/** `now`: epoch milliseconds. */
export function limitHeaders(
  { paces, warning }: LimitStatus,
  { isAnthropic, now }: { isAnthropic: boolean; now: number },
): Record<string, string> {
  const headers: Record<string, string> = {};
  const requests = tightestOf(paces.map((pace) => pace.requests));
  const tokens = tightestOf(paces.map((pace) => pace.tokens));
  const add = isAnthropic ? anthropic : openAi;
  if (requests) add(headers, "requests", requests, now);
  if (tokens) add(headers, "tokens", tokens, now);
  if (warning)
    headers["x-signet-budget"] = `${warning.scope}/${warning.name} ${warning.limit} ${warning.percent}%`;
  return headers;
}

function tightestOf(states: readonly (LimitState | undefined)[]): LimitState | undefined {
  let tightest: LimitState | undefined;
  for (const state of states) if (state && (!tightest || left(state) < left(tightest))) tightest = state;
  return tightest;
}

function left({ max, used }: LimitState): number {
  return Math.max(0, max - used);
}

/** Written out: names put together anew would be looked up anew for each call. */
const OPENAI = {
  requests: ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
  tokens: ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
} as const;

/** Source: OpenAI's guide to rate limits, "Rate limits in headers". */
function openAi(headers: Record<string, string>, kind: Kind, state: LimitState, now: number): void {
  const [limit, remaining, reset] = OPENAI[kind];
  headers[limit] = String(state.max);
  headers[remaining] = String(left(state));
  headers[reset] = duration(Math.ceil(((state.resetsAt ?? now) - now) / 1000));
}

/** Source: Anthropic's page on rate limits, "Response headers". */
function anthropic(headers: Record<string, string>, kind: Kind, state: LimitState, now: number): void {
  const reset = new Date(state.resetsAt ?? now).toISOString();
  headers[`anthropic-ratelimit-${kind}-limit`] = String(state.max);
  headers[`anthropic-ratelimit-${kind}-remaining`] = String(left(state));
  headers[`anthropic-ratelimit-${kind}-reset`] = reset.replace(/\.\d{3}Z$/, "Z");
}

/** `12s`, `1m0s`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
