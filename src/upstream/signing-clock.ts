/**
 * The time used in signatures: this machine's, plus an offset adopted from AWS's Date header, and only after AWS has
 * refused a signature for its time.
 */
import type { WallClock } from "../core/clock.ts";

/** Beyond this, the machine's clock should be fixed rather than compensated for. */
const MAX_OFFSET_MS = 15 * 60_000;

export interface SigningClock extends WallClock {
  /** Adopts the time of an answer's Date header. False if there is none, or it is too far off. */
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
