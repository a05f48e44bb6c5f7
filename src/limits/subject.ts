/** What one delegation, client or key has used and set aside, held against its limits. Money is in whole nano-dollars. */
import { DEFAULT_WARN_AT_PERCENT, type Limits } from "../core/limits.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "./periods.ts";
import { MinuteWindow } from "./window.ts";

export const NANOS = 1e9;

/** What a call needs, at most. */
export interface Estimate {
  tokens: number;
  /** Undefined where the model's price is not known. */
  nanos: number | undefined;
}

export type LimitName =
  | "requests-per-minute"
  | "tokens-per-minute"
  | "concurrent-calls"
  | "tokens-per-day"
  | "tokens-per-month"
  | "cost-per-day"
  | "cost-per-month";

/** A limit that has no room for the call. */
export interface Shortage {
  limit: LimitName;
  max: number;
  /** Seconds until there may be room; undefined where waiting doesn't help. */
  retryAfter: number | undefined;
}

export interface LimitState {
  limit: LimitName;
  max: number;
  used: number;
  reserved: number;
  /** Epoch milliseconds; null for minutes and calls at once. */
  resetsAt: number | null;
}

/** Used in a day or month. */
interface Period {
  start: number;
  tokens: number;
  nanos: number;
}

export class Subject {
  /** Made once there are limits to hold it against: most keys have none. */
  #minute: { requests: MinuteWindow; tokens: MinuteWindow } | undefined;
  #concurrent = 0;
  #reservedTokens = 0;
  #reservedNanos = 0;
  readonly #day: Period = { start: 0, tokens: 0, nanos: 0 };
  readonly #month: Period = { start: 0, tokens: 0, nanos: 0 };

  /** What was spent before this process began. */
  load(period: "day" | "month", tokens: number, nanos: number, now: number): void {
    this.#turn(now);
    const counted = period === "day" ? this.#day : this.#month;
    counted.tokens += tokens;
    counted.nanos += nanos;
  }

  /** The first limit without room for the call, the one that lasts longest before others. */
  shortage(limits: Limits, { tokens, nanos = 0 }: Estimate, now: number): Shortage | undefined {
    this.#turn(now);
    const second = Math.floor(now / 1000);
    const wanted = { requests: 1, tokens, nanos };
    const states = this.states(limits, now);
    const short = states.filter((state) => state.used + state.reserved + wantedOf(state, wanted) > state.max);
    const [worst] = short.toSorted((a, b) => (b.resetsAt ?? 0) - (a.resetsAt ?? 0));
    if (!worst) return undefined;
    const need = wantedOf(worst, wanted);
    const never = need > worst.max;
    return {
      limit: worst.limit,
      max: worst.max,
      retryAfter: never ? undefined : this.#waitFor(worst, need, second, now),
    };
  }

  #waitFor(
    { limit, max, resetsAt }: LimitState,
    need: number,
    second: number,
    now: number,
  ): number | undefined {
    if (resetsAt !== null) return Math.max(1, Math.ceil((resetsAt - now) / 1000));
    if (limit === "concurrent-calls") return 1;
    const window = limit === "requests-per-minute" ? this.#minute?.requests : this.#minute?.tokens;
    return window?.secondsUntil(max - need, second);
  }

  reserve({ tokens, nanos = 0 }: Estimate, now: number): void {
    const second = Math.floor(now / 1000);
    this.#minute?.requests.add(1, second, second);
    this.#minute?.tokens.add(tokens, second, second);
    this.#concurrent++;
    this.#reservedTokens += tokens;
    this.#reservedNanos += nanos;
  }

  /** What was really used takes the place of what was set aside. */
  settle(reserved: Estimate, used: { tokens: number; nanos: number }, reservedAt: number, now: number): void {
    this.#turn(now);
    this.#concurrent--;
    this.#reservedTokens -= reserved.tokens;
    this.#reservedNanos -= reserved.nanos ?? 0;
    if (used.tokens !== reserved.tokens)
      this.#minute?.tokens.add(
        used.tokens - reserved.tokens,
        Math.floor(reservedAt / 1000),
        Math.floor(now / 1000),
      );
    for (const period of [this.#day, this.#month]) {
      period.tokens += used.tokens;
      period.nanos += used.nanos;
    }
  }

  /** Each limit that is set, and what of it is gone. */
  states(limits: Limits, now: number): LimitState[] {
    this.#turn(now);
    const second = Math.floor(now / 1000);
    const states: LimitState[] = [];
    const add = (limit: LimitName, max: number | undefined, used: number, more: Partial<LimitState> = {}) => {
      if (max !== undefined) states.push({ limit, max, used, reserved: 0, resetsAt: null, ...more });
    };
    const { requests, tokens: inMinute } = (this.#minute ??= {
      requests: new MinuteWindow(),
      tokens: new MinuteWindow(),
    });
    add("requests-per-minute", limits.requestsPerMinute, requests.sum(second));
    add("tokens-per-minute", limits.tokensPerMinute, inMinute.sum(second));
    add("concurrent-calls", limits.concurrentCalls, this.#concurrent);
    const tokens = { reserved: this.#reservedTokens };
    const nanos = { reserved: this.#reservedNanos };
    const [day, month] = [nextDay(now), nextMonth(now)];
    add("tokens-per-day", limits.tokensPerDay, this.#day.tokens, { ...tokens, resetsAt: day });
    add("tokens-per-month", limits.tokensPerMonth, this.#month.tokens, { ...tokens, resetsAt: month });
    add("cost-per-day", nanosOf(limits.costPerDay), this.#day.nanos, { ...nanos, resetsAt: day });
    add("cost-per-month", nanosOf(limits.costPerMonth), this.#month.nanos, { ...nanos, resetsAt: month });
    return states;
  }

  /** The fullest day's or month's budget from the warning threshold on. */
  warning(limits: Limits, now: number): { limit: LimitName; percent: number } | undefined {
    const threshold = limits.warnAtPercent ?? DEFAULT_WARN_AT_PERCENT;
    const full = this.states(limits, now)
      .filter(({ resetsAt }) => resetsAt !== null)
      .map(({ limit, used, max }) => ({ limit, percent: Math.floor((used / max) * 100) }))
      .filter(({ percent }) => percent >= threshold);
    return full.toSorted((a, b) => b.percent - a.percent)[0];
  }

  /** Begins a new day and month when their time has come. */
  #turn(now: number): void {
    const day = dayOf(now);
    if (this.#day.start !== day) Object.assign(this.#day, { start: day, tokens: 0, nanos: 0 });
    const month = monthOf(now);
    if (this.#month.start !== month) Object.assign(this.#month, { start: month, tokens: 0, nanos: 0 });
  }
}

function nanosOf(dollars: number | undefined): number | undefined {
  return dollars === undefined ? undefined : Math.round(dollars * NANOS);
}

function wantedOf(
  { limit }: LimitState,
  wanted: { requests: number; tokens: number; nanos: number },
): number {
  if (limit === "requests-per-minute" || limit === "concurrent-calls") return wanted.requests;
  return limit.startsWith("cost") ? wanted.nanos : wanted.tokens;
}
