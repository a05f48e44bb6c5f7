/** The use and reservations of one delegation, client or key, checked against its limits. Money is in nano-dollars. */
import { DEFAULT_WARN_AT_PERCENT, type Limits } from "../core/limits.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "./periods.ts";
import {
  isBudget,
  longest,
  NANOS,
  neededOf,
  type Estimate,
  type LimitName,
  type LimitState,
  type Shortage,
  type Used,
  type Warning,
} from "./state.ts";
import { MinuteWindow } from "./window.ts";

/** What a reservation took, and when. */
export interface Taken {
  estimate: Estimate;
  /** Epoch milliseconds. */
  at: number;
  minute: Minute | undefined;
}

interface Minute {
  requests: MinuteWindow;
  tokens: MinuteWindow;
}

/** Used in a day or month. */
interface Period {
  start: number;
  tokens: number;
  nanos: number;
}

export class Counters {
  /** Created once there are limits: most keys have none. */
  #minute: Minute | undefined;
  #concurrent = 0;
  #reservedTokens = 0;
  #reservedNanos = 0;
  readonly #day: Period = { start: 0, tokens: 0, nanos: 0 };
  readonly #month: Period = { start: 0, tokens: 0, nanos: 0 };
  /** The start of the period in which a budget's warning was sent. */
  readonly #warned = new Map<LimitName, number>();

  /** Whether calls are running. */
  get busy(): boolean {
    return this.#concurrent > 0;
  }

  /** What was spent before this process began. */
  load(period: "day" | "month", tokens: number, nanos: number, now: number): void {
    this.#turn(now);
    const counted = period === "day" ? this.#day : this.#month;
    counted.tokens += tokens;
    counted.nanos += nanos;
  }

  /** Of the limits without room for the call, the one with the longest wait. */
  shortage(limits: Limits, estimate: Estimate, now: number): Shortage | undefined {
    const short = this.states(limits, now).flatMap((state) => {
      const need = neededOf(state.limit, estimate);
      if (state.used + state.reserved + need <= state.max) return [];
      return [{ limit: state.limit, max: state.max, ...this.#wait(state, need, now) }];
    });
    return longest(short);
  }

  /** Whether every limit has room. Runs for each call, so it allocates nothing. */
  fits(limits: Limits, { tokens, nanos = 0 }: Estimate, now: number): boolean {
    this.#turn(now);
    const second = Math.floor(now / 1000);
    const { requests, tokens: inMinute } = this.#windows();
    const day = this.#day.tokens + this.#reservedTokens + tokens;
    const month = this.#month.tokens + this.#reservedTokens + tokens;
    const dayNanos = this.#day.nanos + this.#reservedNanos + nanos;
    const monthNanos = this.#month.nanos + this.#reservedNanos + nanos;
    return (
      isWithin(limits.requestsPerMinute, requests.sum(second) + 1) &&
      isWithin(limits.tokensPerMinute, inMinute.sum(second) + tokens) &&
      isWithin(limits.concurrentCalls, this.#concurrent + 1) &&
      isWithin(limits.tokensPerDay, day) &&
      isWithin(limits.tokensPerMonth, month) &&
      isWithin(nanosOf(limits.costPerDay), dayNanos) &&
      isWithin(nanosOf(limits.costPerMonth), monthNanos)
    );
  }

  #windows(): Minute {
    return (this.#minute ??= { requests: new MinuteWindow(), tokens: new MinuteWindow() });
  }

  #wait(
    { limit, max, used, resetsAt }: LimitState,
    need: number,
    now: number,
  ): Pick<Shortage, "retryAfter" | "held"> {
    if (need > max) return { retryAfter: undefined, held: false };
    const second = Math.floor(now / 1000);
    switch (limit) {
      case "concurrent-calls":
        return { retryAfter: 1, held: false };
      case "requests-per-minute":
        return { retryAfter: this.#minute?.requests.secondsUntil(max - need, second), held: false };
      case "tokens-per-minute":
        return { retryAfter: this.#minute?.tokens.secondsUntil(max - need, second), held: false };
      case "tokens-per-day":
      case "tokens-per-month":
      case "cost-per-day":
      case "cost-per-month":
        if (used + need <= max) return { retryAfter: 1, held: true };
        return { retryAfter: Math.max(1, Math.ceil(((resetsAt ?? now) - now) / 1000)), held: false };
      default: {
        const _: never = limit;
        return _;
      }
    }
  }

  reserve(estimate: Estimate, now: number): Taken {
    const second = Math.floor(now / 1000);
    this.#minute?.requests.add(1, second, second);
    this.#minute?.tokens.add(estimate.tokens, second, second);
    this.#concurrent++;
    this.#reservedTokens += estimate.tokens;
    this.#reservedNanos += estimate.nanos ?? 0;
    return { estimate, at: now, minute: this.#minute };
  }

  /** Replaces what was reserved with what was used, in the minute, day and month of the reservation. */
  settle({ estimate, at, minute }: Taken, used: Used, now: number): void {
    this.#turn(now);
    this.#concurrent--;
    this.#reservedTokens -= estimate.tokens;
    this.#reservedNanos -= estimate.nanos ?? 0;
    minute?.tokens.add(used.tokens - estimate.tokens, Math.floor(at / 1000), Math.floor(now / 1000));
    for (const period of [this.#day, this.#month]) {
      if (at < period.start) continue;
      period.tokens += used.tokens;
      period.nanos += used.nanos;
    }
  }

  /** The limits per minute only, for response headers. */
  pace(limits: Limits, now: number): { requests?: LimitState; tokens?: LimitState } {
    const { requestsPerMinute, tokensPerMinute } = limits;
    const { requests, tokens } = this.#windows();
    return {
      ...(requestsPerMinute !== undefined && {
        requests: { limit: "requests-per-minute", max: requestsPerMinute, ...stateOf(requests, now) },
      }),
      ...(tokensPerMinute !== undefined && {
        tokens: { limit: "tokens-per-minute", max: tokensPerMinute, ...stateOf(tokens, now) },
      }),
    };
  }

  /** Each limit that is set, and how much of it is used. */
  states(limits: Limits, now: number): LimitState[] {
    this.#turn(now);
    const states: LimitState[] = [];
    const add = (limit: LimitName, max: number | undefined, state: Omit<LimitState, "limit" | "max">) => {
      if (max !== undefined) states.push({ limit, max, ...state });
    };
    const minute = this.#windows();
    add("requests-per-minute", limits.requestsPerMinute, stateOf(minute.requests, now));
    add("tokens-per-minute", limits.tokensPerMinute, stateOf(minute.tokens, now));
    add("concurrent-calls", limits.concurrentCalls, { used: this.#concurrent, reserved: 0, resetsAt: null });
    const tokens = { reserved: this.#reservedTokens };
    const nanos = { reserved: this.#reservedNanos };
    const day = { resetsAt: nextDay(now) };
    const month = { resetsAt: nextMonth(now) };
    add("tokens-per-day", limits.tokensPerDay, { used: this.#day.tokens, ...tokens, ...day });
    add("tokens-per-month", limits.tokensPerMonth, { used: this.#month.tokens, ...tokens, ...month });
    add("cost-per-day", nanosOf(limits.costPerDay), { used: this.#day.nanos, ...nanos, ...day });
    add("cost-per-month", nanosOf(limits.costPerMonth), { used: this.#month.nanos, ...nanos, ...month });
    return states;
  }

  /** Daily and monthly budgets at or above their warning threshold, the fullest first. */
  warnings(limits: Limits, now: number): Warning[] {
    if (!this.#isWarning(limits, now)) return [];
    const threshold = limits.warnAtPercent ?? DEFAULT_WARN_AT_PERCENT;
    return this.states(limits, now)
      .filter(({ limit }) => isBudget(limit))
      .map(({ limit, used, max }) => ({ limit, percent: Math.floor((used / max) * 100) }))
      .filter(({ percent }) => percent >= threshold)
      .toSorted((a, b) => b.percent - a.percent);
  }

  /** Whether there is any warning. Runs for each call, so it allocates nothing. */
  #isWarning(limits: Limits, now: number): boolean {
    this.#turn(now);
    const percent = limits.warnAtPercent ?? DEFAULT_WARN_AT_PERCENT;
    const { tokensPerDay, tokensPerMonth, costPerDay, costPerMonth } = limits;
    return (
      (tokensPerDay !== undefined && this.#day.tokens * 100 >= tokensPerDay * percent) ||
      (tokensPerMonth !== undefined && this.#month.tokens * 100 >= tokensPerMonth * percent) ||
      (costPerDay !== undefined && this.#day.nanos * 100 >= costPerDay * NANOS * percent) ||
      (costPerMonth !== undefined && this.#month.nanos * 100 >= costPerMonth * NANOS * percent)
    );
  }

  /** Warnings not yet sent in their day or month. */
  newWarnings(limits: Limits, now: number): Warning[] {
    const fresh = this.warnings(limits, now).filter(
      ({ limit }) => this.#warned.get(limit) !== this.#periodOf(limit).start,
    );
    for (const { limit } of fresh) this.#warned.set(limit, this.#periodOf(limit).start);
    return fresh;
  }

  #periodOf(limit: LimitName): Period {
    return limit.endsWith("day") ? this.#day : this.#month;
  }

  /** Starts a new day and month when due. Setting the clock back doesn't bring old ones back. */
  #turn(now: number): void {
    const day = dayOf(now);
    if (this.#day.start < day) Object.assign(this.#day, { start: day, tokens: 0, nanos: 0 });
    const month = monthOf(now);
    if (this.#month.start < month) Object.assign(this.#month, { start: month, tokens: 0, nanos: 0 });
  }
}

function stateOf(window: MinuteWindow, now: number): Omit<LimitState, "limit" | "max"> {
  const second = Math.floor(now / 1000);
  const used = window.sum(second);
  const wait = window.secondsUntilEmpty(second);
  return { used, reserved: 0, resetsAt: wait === 0 ? null : (second + wait) * 1000 };
}

function isWithin(max: number | undefined, used: number): boolean {
  return max === undefined || used <= max;
}

function nanosOf(dollars: number | undefined): number | undefined {
  return dollars === undefined ? undefined : Math.round(dollars * NANOS);
}
