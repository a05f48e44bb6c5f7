/** Checks the call against the limits of its delegation, client and key, and reserves the most that it may use. */
import { SignetError, type ErrorCode } from "../core/errors.ts";
import { isRefusal, type Holder, type Refusal, type Reservation } from "../limits/limiter.ts";
import { isBudget, NANOS, type Estimate } from "../limits/state.ts";
import { costOf, ratesFor, type Price } from "../prices/price.ts";
import { countsTokens, isUnpriced, neededBy } from "../usage/estimate.ts";
import { RequestScan } from "../usage/scan.ts";
import { limitedCall } from "./advance.ts";
import { limitHeaders } from "./limit-headers.ts";
import type { Line } from "./line.ts";
import { tierOf } from "../usage/tier.ts";
import type { Authenticated, Limited, Translated } from "./stages.ts";

/** Throws `rate_limited`, `too_many_concurrent_calls`, `budget_exhausted` or `unpriced_model`. */
export async function limit(line: Line, call: Translated): Promise<Limited> {
  const scans = countsTokens(call.target.operation)
    ? call.outboundBodies.map((body) => new RequestScan(body))
    : [];
  const price = priceOf(line, call, scans[0]);
  let shares: readonly Estimate[] = [];
  const reservation = await reserve(line, call, () => {
    shares = sharesOf(call, price, scans);
    return sumOf(shares);
  });
  return limitedCall(call, { price, reservation, shares });
}

/** For requests that use no tokens: they count only as requests. */
export function limitRequest(line: Line, call: Authenticated): Promise<Reservation> {
  return reserve(line, call, () => ({ tokens: 0, nanos: 0 }));
}

function priceOf(
  { prices }: Line,
  { target, asked, headers }: Translated,
  scan: RequestScan | undefined,
): Price | undefined {
  const { operation, subject, region } = target;
  if (subject === null || !countsTokens(operation)) return undefined;
  const tier = target.tier ?? tierOf(headers, scan);
  const base = asked?.model.base;
  return prices.priceOf(subject, region, tier) ?? (base ? prices.priceOf(base, region, tier) : undefined);
}

/** The most that each call to Bedrock may use. Throws `unpriced_model` if a budget in dollars can't be enforced. */
function sharesOf(
  { target, outboundBodies, delegation, client, key }: Translated,
  price: Price | undefined,
  scans: readonly RequestScan[],
): Estimate[] {
  const { operation, subject } = target;
  const isPaid = countsTokens(operation) || isUnpriced(operation);
  const shares =
    subject === null || !countsTokens(operation)
      ? outboundBodies.map(() => ({ tokens: 0, nanos: 0 }))
      : scans.map((scan, index) => {
          const { input, output } = neededBy(subject, scan);
          const hour = outboundBodies[index]?.includes(ONE_HOUR) ?? false;
          return { tokens: input + output, nanos: price && nanosOf(input, output, price, hour) };
        });
  const hasCostBudget = [delegation, client, key].some(
    ({ limits }) => limits?.costPerDay !== undefined || limits?.costPerMonth !== undefined,
  );
  if (isPaid && hasCostBudget && (!price || shares.some(({ nanos }) => nanos === undefined)))
    throw new SignetError(
      "unpriced_model",
      `A budget in dollars applies to this key, and the price of ${operation} with ${subject ?? "this"} is not known.`,
    );
  return shares;
}

/** How a request asks for tokens to be cached for an hour: the `ttl` of a cache point, or of Claude's `cache_control`. */
const ONE_HOUR = Buffer.from('"1h"');

/** Cached input costs at most as much as writing it to the cache, `forAnHour` if the request may ask for that. */
function nanosOf(input: number, output: number, price: Price, forAnHour: boolean): number | undefined {
  const rates = ratesFor(input, price);
  const written = Math.max(rates.cacheWrite ?? 0, forAnHour ? (rates.cacheWrite1h ?? 0) : 0);
  const usd = costOf(
    { inputTokens: input, outputTokens: output, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 },
    { input: Math.max(rates.input ?? Infinity, written), output: rates.output ?? Infinity },
  );
  return usd === undefined || !Number.isFinite(usd) ? undefined : Math.ceil(usd * NANOS);
}

function sumOf(shares: readonly Estimate[]): Estimate {
  const sum = { tokens: 0, nanos: 0 };
  for (const { tokens, nanos } of shares) {
    sum.tokens += tokens;
    sum.nanos += nanos ?? 0;
  }
  return sum;
}

async function reserve(line: Line, call: Authenticated, estimate: () => Estimate): Promise<Reservation> {
  const { delegation, client, key, exchange } = call;
  const holders: Holder[] = [
    { scope: "delegation", name: delegation.name, limits: delegation.limits },
    { scope: "client", name: client.name, limits: client.limits },
    { scope: "key", name: key.id, limits: key.limits },
  ];
  const { answer, status } = await line.limiting.hold(holders, estimate);
  if (status) {
    exchange.limitHeaders = limitHeaders(status, exchange.protocol, line.clock.now());
  }
  if (!isRefusal(answer)) return answer;
  // OpenAI's and Anthropic's SDKs retry a 429 unless a header says not to.
  const isFutile = codeOf(answer) === "budget_exhausted" || answer.retryAfter === undefined;
  if (isFutile) exchange.limitHeaders = { ...exchange.limitHeaders, "x-should-retry": "false" };
  throw refused(answer);
}

/** A budget that is only reserved by running calls may soon have room again. */
function codeOf({ limit: name, held }: Refusal): ErrorCode {
  if (name === "concurrent-calls") return "too_many_concurrent_calls";
  return isBudget(name) && !held ? "budget_exhausted" : "rate_limited";
}

function refused(refusal: Refusal): SignetError {
  const { scope, name, limit: limitName, max, retryAfter, held } = refusal;
  const amount = limitName.startsWith("cost") ? `$${max / NANOS}` : String(max);
  const whose = scope === "key" ? "this key" : `the ${scope} ${name}`;
  const which = `the limit of ${whose}, ${amount} ${limitName.replaceAll("-", " ")}`;
  const code = codeOf(refusal);
  if (retryAfter === undefined)
    return new SignetError(
      code,
      `This request alone may need more than ${which}. Limit its output tokens, or send less.`,
    );
  const advice = `Try again in ${retryAfter} s.`;
  const message = held
    ? `Running calls have reserved what is left of ${which}. ${advice}`
    : `${which.charAt(0).toUpperCase()}${which.slice(1)}, is reached. ${advice}`;
  return new SignetError(code, message, { retryAfter });
}
