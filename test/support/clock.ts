/** The machine's clock, moved forward on demand: for lifetimes that no test can wait for. */
import { systemClock, type Clock } from "../../src/core/clock.ts";

export interface MovableClock extends Clock {
  advance(seconds: number): void;
}

export function movableClock(): MovableClock {
  let ahead = 0;
  return {
    ...systemClock,
    now: () => Date.now() + ahead,
    advance: (seconds) => void (ahead += seconds * 1000),
  };
}
