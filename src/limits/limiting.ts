/** Where calls are held against limits: in this process, or in the one that counts for several. */
import type { LimitScope } from "../core/limits.ts";
import type { Holder, Limiter, Refusal, Reservation, ThresholdEvent } from "./limiter.ts";
import type { Estimate, LimitState } from "./subject.ts";

/** What answers tell of limits. */
export interface Told {
  /** The limits of the last minute, a holder each. */
  paces: { requests?: LimitState; tokens?: LimitState }[];
  /** The fullest budget beyond its warning threshold. */
  warning: ThresholdEvent | undefined;
}

export interface Held {
  answer: Reservation | Refusal;
  /** Undefined where no limit is set. */
  told: Told | undefined;
}

export interface Limiting {
  /** As `Limiter.reserve`. Rejects where whoever counts can't be asked. */
  hold(holders: readonly Holder[], estimate: () => Estimate): Held | Promise<Held>;
  states(holder: Holder): LimitState[];
  /** Forgets whom no call can count against any more. */
  keep(mayCall: (scope: LimitScope, name: string) => boolean): void;
}

export function limitingBy(limiter: Limiter): Limiting {
  return {
    hold(holders, estimate) {
      const answer = limiter.reserve(holders, estimate);
      return { answer, told: holders.some(isLimited) ? toldBy(limiter, holders) : undefined };
    },
    states: (holder) => limiter.states(holder),
    keep: (mayCall) => limiter.keep(mayCall),
  };
}

export function isLimited({ limits }: Holder): boolean {
  return limits !== undefined;
}

function toldBy(limiter: Limiter, holders: readonly Holder[]): Told {
  return { paces: holders.map((holder) => limiter.pace(holder)), warning: limiter.warning(holders) };
}
