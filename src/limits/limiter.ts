/**
 * Holds calls against the limits of their delegation, client and key: reserved before a call is sent, settled when its
 * usage is known. A reservation is taken from all three at once or from none, so that nothing is ever overshot but by
 * what calls under way use beyond their estimate. One process counts for itself.
 */
import type { Clock } from "../core/clock.ts";
import type { Limits, LimitScope } from "../core/limits.ts";
import { dayOf, monthOf } from "./periods.ts";
import { NANOS, Subject, type Estimate, type LimitName, type LimitState, type Shortage } from "./subject.ts";

/** Whoever a call counts against. */
export interface Holder {
  scope: LimitScope;
  name: string;
  limits: Limits | undefined;
}

/** `percent` of a budget was used for the first time in its day or month. */
export interface ThresholdEvent {
  scope: LimitScope;
  name: string;
  limit: LimitName;
  percent: number;
}

export interface Refusal extends Shortage {
  scope: LimitScope;
  name: string;
}

export interface Reservation {
  /** What is set aside; undefined where no limit of tokens or money applies. */
  readonly reserved: Estimate | undefined;
  /** Counts what a call has used. A reservation may be for several. */
  spend(tokens: number, nanos: number): void;
  /** Gives back what wasn't used. To be called once, whatever became of the call. */
  end(): void;
}

export interface Spent {
  scope: LimitScope;
  name: string;
  tokens: number;
  costUsd: number;
}

export interface Limiter {
  /** `estimate` is asked only where a limit of tokens or money applies. */
  reserve(holders: readonly Holder[], estimate: () => Estimate): Reservation | Refusal;
  /** What was spent before this process began: of today, and of this month, today included. */
  load(spent: { day: readonly Spent[]; month: readonly Spent[] }): void;
  states(holder: Holder): LimitState[];
  /** The fullest budget beyond its warning threshold, of any of the holders. */
  warning(holders: readonly Holder[]): ThresholdEvent | undefined;
}

const NOTHING: Estimate = { tokens: 0, nanos: 0 };

export function createLimiter(
  clock: Clock,
  onThreshold: (event: ThresholdEvent) => void = () => undefined,
): Limiter {
  const subjects = new Map<string, Subject>();
  const warned = new Map<string, number>();
  const subjectOf = ({ scope, name }: Pick<Holder, "scope" | "name">): Subject => {
    const id = `${scope}/${name}`;
    const known = subjects.get(id) ?? new Subject();
    subjects.set(id, known);
    return known;
  };
  const warningOf = ({ scope, name, limits }: Holder): ThresholdEvent | undefined => {
    const found = limits && subjectOf({ scope, name }).warning(limits, clock.now());
    return found && { scope, name, ...found };
  };
  const tell = (holder: Holder) => {
    const event = warningOf(holder);
    if (!event) return;
    const now = clock.now();
    const period = event.limit.endsWith("day") ? dayOf(now) : monthOf(now);
    const id = `${event.scope}/${event.name}/${event.limit}`;
    if (warned.get(id) === period) return;
    warned.set(id, period);
    onThreshold(event);
  };

  return {
    reserve(holders, estimate) {
      const now = clock.now();
      const limited = holders.filter(({ limits }) => limits !== undefined);
      const reserved = limited.some(({ limits }) => countsUsage(limits)) ? estimate() : undefined;
      const wanted = reserved ?? NOTHING;
      const refusals = limited.flatMap((holder) => {
        const shortage = holder.limits && subjectOf(holder).shortage(holder.limits, wanted, now);
        return shortage ? [{ ...shortage, scope: holder.scope, name: holder.name }] : [];
      });
      const [refusal] = refusals.toSorted((a, b) => (b.retryAfter ?? Infinity) - (a.retryAfter ?? Infinity));
      if (refusal) return refusal;
      const counted = holders.map(subjectOf);
      for (const subject of counted) subject.reserve(wanted, now);
      const used = { tokens: 0, nanos: 0 };
      return {
        reserved,
        spend(tokens, nanos) {
          used.tokens += tokens;
          used.nanos += nanos;
        },
        end() {
          for (const subject of counted) subject.settle(wanted, used, now, clock.now());
          if (used.tokens > 0) limited.forEach(tell);
        },
      };
    },

    load({ day, month }) {
      const now = clock.now();
      for (const { scope, name, tokens, costUsd } of day)
        subjectOf({ scope, name }).load("day", tokens, Math.round(costUsd * NANOS), now);
      for (const { scope, name, tokens, costUsd } of month)
        subjectOf({ scope, name }).load("month", tokens, Math.round(costUsd * NANOS), now);
    },

    states: (holder) => (holder.limits ? subjectOf(holder).states(holder.limits, clock.now()) : []),

    warning: (holders) => holders.map(warningOf).find((event) => event !== undefined),
  };
}

/** Whether a limit of tokens or money is among them. */
function countsUsage(limits: Limits | undefined): boolean {
  return (
    limits !== undefined &&
    [
      limits.tokensPerMinute,
      limits.tokensPerDay,
      limits.tokensPerMonth,
      limits.costPerDay,
      limits.costPerMonth,
    ].some((limit) => limit !== undefined)
  );
}

/** For calls that count against no limit: those that Signet makes to answer another. */
export const UNCOUNTED: Reservation = { reserved: undefined, spend: () => undefined, end: () => undefined };

export function isRefusal(answer: Reservation | Refusal): answer is Refusal {
  return "retryAfter" in answer;
}
