/** Checks calls against limits: in this process, or through the process that counts for several. */
import type { LimitScope } from "../core/limits.ts";
import type { Holder, Limiter, Refusal, Reservation, ThresholdEvent } from "./limiter.ts";
import type { Estimate, LimitState } from "./state.ts";

/** The limits shown in response headers. */
export interface LimitStatus {
  /** The limits per minute, one entry per holder. */
  paces: { requests?: LimitState; tokens?: LimitState }[];
  /** The fullest budget above its warning threshold. */
  warning: ThresholdEvent | undefined;
}

export interface HoldResult {
  answer: Reservation | Refusal;
  /** Undefined if no limit is set. */
  status: LimitStatus | undefined;
}

export interface LimitService {
  /** As `Limiter.reserve`. Rejects if the counting process can't be reached. */
  hold(holders: readonly Holder[], estimate: () => Estimate): HoldResult | Promise<HoldResult>;
  states(holder: Holder): LimitState[];
  /** Forgets holders that no call can count against any longer. */
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
