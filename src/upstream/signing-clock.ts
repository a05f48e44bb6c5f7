/**
 * The time that goes into signatures: this machine's, plus an offset that is adopted from AWS's Date header, and
 * only after AWS has refused a signature for its time.
 */
import type { WallClock } from "../core/clock.ts";

/** Past this the machine's clock is wrong in a way that should be fixed, not signed around. */
const MAX_OFFSET_MS = 15 * 60_000;

export interface SigningClock extends WallClock {
  /** Takes over the time of an answer's Date header. False where there is none, or it is too far away. */
  adopt(date: string | undefined): boolean;
  /** Milliseconds that AWS is ahead of this machine, as last adopted. */
  offset(): number;
}

export function createSigningClock(clock: WallClock): SigningClock {
  let offset = 0;
  return {
    now: () => clock.now() + offset,
    offset: () => offset,
    adopt(date) {
      const theirs = date === undefined ? Number.NaN : Date.parse(date);
      const difference = theirs - clock.now();
      if (Number.isNaN(difference) || Math.abs(difference) > MAX_OFFSET_MS) return false;
      offset = difference;
      return true;
    },
  };
}
