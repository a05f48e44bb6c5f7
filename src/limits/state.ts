/** The state of a limit, and how much of it a call needs. Money is in whole nano-dollars. */

export const NANOS = 1e9;

/** The most that a call may need. */
export interface Estimate {
  tokens: number;
  /** Undefined if the model's price is not known. */
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

/** What a call has used. */
export interface Used {
  tokens: number;
  nanos: number;
}

/** A limit that has no room for the call. */
export interface Shortage {
  limit: LimitName;
  max: number;
  /** Seconds until there may be room; undefined if the call alone needs more than the limit. */
  retryAfter: number | undefined;
  /** Whether this budget would have room without the reservations of running calls. */
  held: boolean;
}

export interface LimitState {
  limit: LimitName;
  max: number;
  used: number;
  reserved: number;
  /** Epoch milliseconds at which its use is back to zero; null for concurrent calls, and if nothing is used. */
  resetsAt: number | null;
}

export interface Warning {
  limit: LimitName;
  /** Percentage of the budget that is used, rounded down. */
  percent: number;
}

/** Money in dollars, for operators. */
export function inDollars(state: LimitState): LimitState {
  if (!state.limit.startsWith("cost")) return state;
  const { max, used, reserved } = state;
  return { ...state, max: max / NANOS, used: used / NANOS, reserved: reserved / NANOS };
}

export function isBudget(limit: LimitName): boolean {
  return limit.endsWith("day") || limit.endsWith("month");
}

/** The shortage with the longest wait. */
export function longest<T extends Shortage>(shortages: readonly T[]): T | undefined {
  return shortages.toSorted((a, b) => (b.retryAfter ?? Infinity) - (a.retryAfter ?? Infinity))[0];
}

/** How much of the limit the call takes. */
export function neededOf(limit: LimitName, { tokens, nanos = 0 }: Estimate): number {
  if (limit === "requests-per-minute" || limit === "concurrent-calls") return 1;
  return limit.startsWith("cost") ? nanos : tokens;
}
