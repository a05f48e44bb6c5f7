/**
 * Holds the call against the limits of its delegation, client and key, and sets aside what it may use at most. What is
 * left is said in the answer's head, in the words of the caller's protocol.
 */
import { SignetError, type ErrorCode } from "../core/errors.ts";
import type { Limits } from "../core/limits.ts";
import { isRefusal, type Holder, type Limiter, type Refusal, type Reservation } from "../limits/limiter.ts";
import { NANOS, type Estimate, type LimitState } from "../limits/subject.ts";
import { costOf, type Price } from "../prices/price.ts";
import { estimatedTokens } from "./estimate.ts";
import type { Line } from "./line.ts";
import type { Authenticated, Limited, Translated } from "./types.ts";

const TIER = "x-amzn-bedrock-service-tier";

/** Throws `rate_limited`, `too_many_concurrent_calls`, `budget_exhausted` or `unpriced_model`. */
export function limit(line: Line, call: Translated): Limited {
  const { target, headers } = call;
  const tier = headers.get(TIER) ?? "default";
  const price =
    target.subject === null ? undefined : line.prices.priceOf(target.subject, target.region, tier);
  return { ...call, price, reservation: reserve(line.limiter, call, () => estimateOf(call, price)) };
}

/** For what costs no tokens: it counts as a request. */
export function limitRequest(line: Line, call: Authenticated): Reservation {
  return reserve(line.limiter, call, () => ({ tokens: 0, nanos: 0 }));
}

function estimateOf(
  { target, outboundBodies, delegation, client, key }: Translated,
  price: Price | undefined,
): Estimate {
  if (target.subject === null) return { tokens: 0, nanos: 0 };
  const { input, output } = estimatedTokens(target.operation, outboundBodies);
  const counts = {
    inputTokens: input,
    outputTokens: output,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
  const usd = price && costOf(counts, price);
  if (usd === undefined && [delegation, client, key].some(({ limits }) => limitsCost(limits)))
    throw new SignetError(
      "unpriced_model",
      `The price of ${target.subject} is not known, and a budget in dollars applies to this key.`,
    );
  return { tokens: input + output, nanos: usd === undefined ? undefined : Math.ceil(usd * NANOS) };
}

function limitsCost(limits: Limits | undefined): boolean {
  return limits?.costPerDay !== undefined || limits?.costPerMonth !== undefined;
}

function reserve(limiter: Limiter, call: Authenticated, estimate: () => Estimate): Reservation {
  const { delegation, client, key, exchange, route } = call;
  const holders: Holder[] = [
    { scope: "delegation", name: delegation.name, limits: delegation.limits },
    { scope: "client", name: client.name, limits: client.limits },
    { scope: "key", name: key.id, limits: key.limits },
  ];
  const answer = limiter.reserve(holders, estimate);
  const limited = holders.filter(({ limits }) => limits !== undefined);
  if (limited.length > 0) {
    const headers = headersOf(limiter, limited, route.protocol === "anthropic");
    if (isRefusal(answer) && codeOf(answer) === "budget_exhausted") headers["x-should-retry"] = "false";
    exchange.limitHeaders = headers;
  }
  if (isRefusal(answer)) throw refused(answer);
  return answer;
}

function codeOf({ limit: name }: Refusal): ErrorCode {
  if (name === "concurrent-calls") return "too_many_concurrent_calls";
  return name.endsWith("minute") ? "rate_limited" : "budget_exhausted";
}

function refused(refusal: Refusal): SignetError {
  const { scope, name, limit: limitName, max, retryAfter } = refusal;
  const words = limitName.replaceAll("-", " ");
  const amount = limitName.startsWith("cost") ? `$${max / NANOS}` : String(max);
  const whose = scope === "key" ? "this key" : `the ${scope} ${name}`;
  const advice =
    retryAfter === undefined ? "This request alone needs more than that." : `Try again in ${retryAfter} s.`;
  const message = `The limit of ${whose}, ${amount} ${words}, is reached. ${advice}`;
  return new SignetError(codeOf(refusal), message, retryAfter === undefined ? {} : { retryAfter });
}

/** The tightest of the limits that apply, as OpenAI and as Anthropic name them. */
function headersOf(
  limiter: Limiter,
  holders: readonly Holder[],
  isAnthropic: boolean,
): Record<string, string> {
  const states = holders.flatMap((holder) => limiter.states(holder));
  const headers: Record<string, string> = {};
  for (const [kind, name] of [
    ["requests", "requests-per-minute"],
    ["tokens", "tokens-per-minute"],
  ] as const) {
    const tightest = states.filter((state) => state.limit === name).toSorted((a, b) => left(a) - left(b))[0];
    if (tightest) Object.assign(headers, rateHeaders(kind, tightest, isAnthropic));
  }
  const warning = limiter.warning(holders);
  if (warning)
    headers["x-signet-budget"] = `${warning.scope}/${warning.name} ${warning.limit} ${warning.percent}%`;
  return headers;
}

function left({ max, used }: LimitState): number {
  return Math.max(0, max - used);
}

const MINUTE_MS = 60_000;

/** A sliding minute is whole again a minute from now. Source: OpenAI's and Anthropic's pages on rate limits. */
function rateHeaders(
  kind: "requests" | "tokens",
  state: LimitState,
  isAnthropic: boolean,
): Record<string, string> {
  const [max, remaining] = [String(state.max), String(left(state))];
  if (!isAnthropic)
    return {
      [`x-ratelimit-limit-${kind}`]: max,
      [`x-ratelimit-remaining-${kind}`]: remaining,
      [`x-ratelimit-reset-${kind}`]: state.used === 0 ? "0s" : "1m0s",
    };
  const reset = new Date(Date.now() + (state.used === 0 ? 0 : MINUTE_MS)).toISOString();
  return {
    [`anthropic-ratelimit-${kind}-limit`]: max,
    [`anthropic-ratelimit-${kind}-remaining`]: remaining,
    [`anthropic-ratelimit-${kind}-reset`]: reset.replace(/\.\d{3}Z$/, "Z"),
  };
}
