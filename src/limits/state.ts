/** The state of a limit, and what a call needs of it. Money is in whole nano-dollars. */

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

/** What a call has used. */
export interface Used {
  tokens: number;
  nanos: number;
}

/** A limit that has no room for the call. */
export interface Shortage {
  limit: LimitName;
  max: number;
  /** Seconds until there may be room; undefined where the call alone needs more than the limit. */
  retryAfter: number | undefined;
  /** Whether there would be room in this budget but for what calls under way have set aside. */
  held: boolean;
}

export interface LimitState {
  limit: LimitName;
  max: number;
  used: number;
  reserved: number;
  /** Epoch milliseconds from which on nothing of it is used; null for calls at once, and where nothing is. */
  resetsAt: number | null;
}

export interface Warning {
  limit: LimitName;
  /** Of the budget that is used, rounded down. */
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

/** Of several shortages the one that keeps a call waiting longest. */
export function longest<T extends Shortage>(shortages: readonly T[]): T | undefined {
  return shortages.toSorted((a, b) => (b.retryAfter ?? Infinity) - (a.retryAfter ?? Infinity))[0];
}

/** How much of the limit the call takes. */
export function neededOf(limit: LimitName, { tokens, nanos = 0 }: Estimate): number {
  if (limit === "requests-per-minute" || limit === "concurrent-calls") return 1;
  return limit.startsWith("cost") ? nanos : tokens;
}
