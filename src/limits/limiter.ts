/**
 * Holds calls against the limits of their delegation, client and key: reserved before a call is sent, settled when its
 * usage is known. A reservation is taken from all three at once or from none, so that nothing is ever overshot but by
 * what calls under way use beyond their estimate. One process counts for itself.
 */
import type { WallClock } from "../core/clock.ts";
import { LIMIT_SCOPES, type Limits, type LimitScope } from "../core/limits.ts";
import {
  longest,
  NANOS,
  Subject,
  type Estimate,
  type LimitState,
  type Shortage,
  type Warning,
} from "./subject.ts";

/** Whoever a call counts against. */
export interface Holder {
  scope: LimitScope;
  name: string;
  limits: Limits | undefined;
}

/** A budget that is used from its warning threshold on. */
export interface ThresholdEvent extends Warning {
  scope: LimitScope;
  name: string;
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
  /** The limits of the last minute alone. */
  pace(holder: Holder): { requests?: LimitState; tokens?: LimitState };
  /** The fullest budget beyond its warning threshold, of any of the holders. */
  warning(holders: readonly Holder[]): ThresholdEvent | undefined;
  /** Forgets whom no call can count against any more. */
  keep(mayCall: (scope: LimitScope, name: string) => boolean): void;
}

const NOTHING: Estimate = { tokens: 0, nanos: 0 };

export function createLimiter(
  clock: WallClock,
  onThreshold: (event: ThresholdEvent) => void = () => undefined,
): Limiter {
  const subjects: Record<LimitScope, Map<string, Subject>> = {
    delegation: new Map(),
    client: new Map(),
    key: new Map(),
  };
  const subjectOf = ({ scope, name }: Pick<Holder, "scope" | "name">): Subject => {
    const known = subjects[scope].get(name);
    if (known) return known;
    const subject = new Subject();
    subjects[scope].set(name, subject);
    return subject;
  };
  const hasRoom = (holder: Holder, wanted: Estimate, now: number): boolean =>
    holder.limits === undefined || subjectOf(holder).fits(holder.limits, wanted, now);
  const shortageOf = (holder: Holder, wanted: Estimate, now: number): Refusal[] => {
    const shortage = holder.limits && subjectOf(holder).shortage(holder.limits, wanted, now);
    return shortage ? [{ ...shortage, scope: holder.scope, name: holder.name }] : [];
  };
  const tell = (holder: Holder) => {
    const { scope, name, limits } = holder;
    if (!limits) return;
    for (const warning of subjectOf(holder).newWarnings(limits, clock.now()))
      onThreshold({ scope, name, ...warning });
  };

  return {
    reserve(holders, estimate) {
      const now = clock.now();
      const reserved = holders.some(countsUsage) ? estimate() : undefined;
      const wanted = reserved ?? NOTHING;
      if (!holders.every((holder) => hasRoom(holder, wanted, now))) {
        const refusal = longest(holders.flatMap((holder) => shortageOf(holder, wanted, now)));
        if (refusal) return refusal;
      }
      const counted = holders.map((holder) => {
        const subject = subjectOf(holder);
        return { subject, taken: subject.reserve(wanted, now) };
      });
      const used = { tokens: 0, nanos: 0 };
      return {
        reserved,
        spend(tokens, nanos) {
          used.tokens += tokens;
          used.nanos += nanos;
        },
        end() {
          for (const { subject, taken } of counted) subject.settle(taken, used, clock.now());
          if (used.tokens > 0) holders.forEach(tell);
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

    pace: (holder) => (holder.limits ? subjectOf(holder).pace(holder.limits, clock.now()) : {}),

    warning(holders) {
      let fullest: ThresholdEvent | undefined;
      for (const holder of holders) {
        const { scope, name, limits } = holder;
        const [first] = limits ? subjectOf(holder).warnings(limits, clock.now()) : [];
        if (first && (!fullest || first.percent > fullest.percent)) fullest = { scope, name, ...first };
      }
      return fullest;
    },

    keep(mayCall) {
      for (const scope of LIMIT_SCOPES)
        for (const [name, subject] of subjects[scope])
          if (!subject.busy && !mayCall(scope, name)) subjects[scope].delete(name);
    },
  };
}

/** Whether a limit of tokens or money is among them. */
export function countsUsage({ limits }: Holder): boolean {
  return (
    limits !== undefined &&
    (limits.tokensPerMinute !== undefined ||
      limits.tokensPerDay !== undefined ||
      limits.tokensPerMonth !== undefined ||
      limits.costPerDay !== undefined ||
      limits.costPerMonth !== undefined)
  );
}

/** For calls that count against no limit: those that Signet makes to answer another. */
export const UNCOUNTED: Reservation = { reserved: undefined, spend: () => undefined, end: () => undefined };

export function isRefusal(answer: Reservation | Refusal): answer is Refusal {
  return "retryAfter" in answer;
}
