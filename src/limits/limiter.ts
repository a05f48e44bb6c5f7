/**
 * Checks calls against the limits of their delegation, client and key: reserved before a call is sent, settled when its
 * usage is known. A reservation is taken from all three together or from none, so that limits are only ever exceeded by
 * what running calls use beyond their estimate. Counts for one process.
 */
import type { WallClock } from "../core/clock.ts";
import { LIMIT_SCOPES, type LimitHolder, type Limits, type LimitScope } from "../core/limits.ts";
import { Counters } from "./counters.ts";
import {
  longest,
  NANOS,
  type Estimate,
  type LimitState,
  type Shortage,
  type Used,
  type Warning,
} from "./state.ts";

/** A delegation, client or key that a call counts against. */
export interface Holder extends LimitHolder {
  limits: Limits | undefined;
}

/** A budget that has reached its warning threshold. */
export type ThresholdEvent = Warning & LimitHolder;

export type Refusal = Shortage & LimitHolder;

/** What a holder has used in a period. */
export interface HolderUsage extends LimitHolder {
  tokens: number;
  costUsd: number;
}

export interface Reservation {
  /** What is reserved; undefined if no limit of tokens or money applies. */
  readonly reserved: Estimate | undefined;
  /** Counts what a call has used. A reservation may cover several calls. */
  spend(tokens: number, nanos: number): void;
  /** Releases what wasn't used. Must be called once, however the call ends. */
  end(): void;
}

export interface Limiter {
  /** `estimate` is called only if a limit of tokens or money applies. */
  reserve(holders: readonly Holder[], estimate: () => Estimate): Reservation | Refusal;
  /** Adds what was used before this process started: today, and this month (today included). */
  load(used: { day: readonly HolderUsage[]; month: readonly HolderUsage[] }): void;
  states(holder: Holder): LimitState[];
  /** The limits per minute only. */
  pace(holder: Holder): { requests?: LimitState; tokens?: LimitState };
  /** The fullest budget above its warning threshold, of any of the holders. */
  warning(holders: readonly Holder[]): ThresholdEvent | undefined;
  /** Forgets holders that no call can count against any longer. */
  keep(mayCall: (scope: LimitScope, name: string) => boolean): void;
}

const NOTHING: Estimate = { tokens: 0, nanos: 0 };

export function createLimiter(
  clock: WallClock,
  onThreshold: (event: ThresholdEvent) => void = () => undefined,
): Limiter {
  const counters = new HolderCounters();
  return {
    reserve(holders, estimate) {
      const now = clock.now();
      const reserved = holders.some(countsUsage) ? estimate() : undefined;
      const refusal = refusalOf(counters, holders, reserved ?? NOTHING, now);
      if (refusal) return refusal;
      return reservation({ counters, clock, onThreshold }, holders, reserved, now);
    },
    load({ day, month }) {
      const now = clock.now();
      const add = (period: "day" | "month") => (usage: HolderUsage) =>
        counters.of(usage).load(period, usage.tokens, Math.round(usage.costUsd * NANOS), now);
      day.forEach(add("day"));
      month.forEach(add("month"));
    },
    states: (holder) => (holder.limits ? counters.of(holder).states(holder.limits, clock.now()) : []),
    pace: (holder) => (holder.limits ? counters.of(holder).pace(holder.limits, clock.now()) : {}),
    warning(holders) {
      let fullest: ThresholdEvent | undefined;
      for (const holder of holders) {
        const { scope, name, limits } = holder;
        const [first] = limits ? counters.of(holder).warnings(limits, clock.now()) : [];
        if (first && (!fullest || first.percent > fullest.percent)) fullest = { scope, name, ...first };
      }
      return fullest;
    },
    keep: (mayCall) => counters.keep(mayCall),
  };
}

class HolderCounters {
  readonly #byName: Record<LimitScope, Map<string, Counters>> = {
    delegation: new Map(),
    client: new Map(),
    key: new Map(),
  };

  of({ scope, name }: LimitHolder): Counters {
    const known = this.#byName[scope].get(name);
    if (known) return known;
    const counters = new Counters();
    this.#byName[scope].set(name, counters);
    return counters;
  }

  keep(mayCall: (scope: LimitScope, name: string) => boolean): void {
    for (const scope of LIMIT_SCOPES)
      for (const [name, counters] of this.#byName[scope])
        if (!counters.busy && !mayCall(scope, name)) this.#byName[scope].delete(name);
  }
}

function refusalOf(
  counters: HolderCounters,
  holders: readonly Holder[],
  wanted: Estimate,
  now: number,
): Refusal | undefined {
  const hasRoom = (holder: Holder) =>
    holder.limits === undefined || counters.of(holder).fits(holder.limits, wanted, now);
  if (holders.every(hasRoom)) return undefined;
  const shortages = holders.flatMap((holder) => {
    const { scope, name, limits } = holder;
    const shortage = limits && counters.of(holder).shortage(limits, wanted, now);
    return shortage ? [{ ...shortage, scope, name }] : [];
  });
  return longest(shortages);
}

interface ReservationParts {
  counters: HolderCounters;
  clock: WallClock;
  onThreshold: (event: ThresholdEvent) => void;
}

function reservation(
  { counters, clock, onThreshold }: ReservationParts,
  holders: readonly Holder[],
  reserved: Estimate | undefined,
  now: number,
): Reservation {
  const counted = holders.map((holder) => {
    const each = counters.of(holder);
    return { holder, counters: each, taken: each.reserve(reserved ?? NOTHING, now) };
  });
  const used: Used = { tokens: 0, nanos: 0 };
  const warn = ({ scope, name, limits }: Holder, each: Counters) => {
    if (!limits) return;
    for (const warning of each.newWarnings(limits, clock.now())) onThreshold({ scope, name, ...warning });
  };
  return {
    reserved,
    spend(tokens, nanos) {
      used.tokens += tokens;
      used.nanos += nanos;
    },
    end() {
      for (const { counters: each, taken } of counted) each.settle(taken, used, clock.now());
      if (used.tokens > 0) for (const { holder, counters: each } of counted) warn(holder, each);
    },
  };
}

/** Whether any of the limits is of tokens or money. */
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

/** For calls that count against no limit: those that Signet makes to answer another call. */
export const UNCOUNTED: Reservation = { reserved: undefined, spend: () => undefined, end: () => undefined };

export function isRefusal(answer: Reservation | Refusal): answer is Refusal {
  return "retryAfter" in answer;
}
