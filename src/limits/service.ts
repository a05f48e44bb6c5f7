/** Checks calls against limits: in this process, or through the one that counts for several. */
import type { LimitScope } from "../core/limits.ts";
import type { Holder, Limiter, Refusal, Reservation, ThresholdEvent } from "./limiter.ts";
import type { Estimate, LimitState } from "./state.ts";

/** What an answer's headers say of limits. */
export interface LimitStatus {
  /** The limits of the last minute, a holder each. */
  paces: { requests?: LimitState; tokens?: LimitState }[];
  /** The fullest budget beyond its warning threshold. */
  warning: ThresholdEvent | undefined;
}

export interface HoldResult {
  answer: Reservation | Refusal;
  /** Undefined where no limit is set. */
  status: LimitStatus | undefined;
}

export interface LimitService {
  /** As `Limiter.reserve`. Rejects where the process that counts can't be asked. */
  hold(holders: readonly Holder[], estimate: () => Estimate): HoldResult | Promise<HoldResult>;
  states(holder: Holder): LimitState[];
  /** Forgets whom no call can count against any more. */
  keep(mayCall: (scope: LimitScope, name: string) => boolean): void;
}

export function limitService(limiter: Limiter): LimitService {
  return {
    hold(holders, estimate) {
      const answer = limiter.reserve(holders, estimate);
      return { answer, status: holders.some(isLimited) ? statusBy(limiter, holders) : undefined };
    },
    states: (holder) => limiter.states(holder),
    keep: (mayCall) => limiter.keep(mayCall),
  };
}

export function isLimited({ limits }: Holder): boolean {
  return limits !== undefined;
}

function statusBy(limiter: Limiter, holders: readonly Holder[]): LimitStatus {
  return { paces: holders.map((holder) => limiter.pace(holder)), warning: limiter.warning(holders) };
}
