/**
 * Time as Signet sees it. Everything that signs, expires, records or waits takes a Clock, so tests can move it; a lint
 * rule keeps the machine's own time out of everything else.
 */

/** A timer that was started by a Clock. */
export interface Timer {
  /** Lets the process end although the timer is still running. Returns the timer itself. */
  unref(): Timer;
}

/** The time of day, for code that only needs timestamps. */
export interface WallClock {
  /** Milliseconds since the epoch, by this machine. */
  now(): number;
}

export interface Clock extends WallClock {
  /** Milliseconds since an arbitrary moment; never goes back. For durations and deadlines. */
  monotonic(): number;
  setTimeout(callback: () => void, ms: number): Timer;
  setInterval(callback: () => void, ms: number): Timer;
  /** Stops a timer of either kind. */
  clear(timer: Timer | undefined): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  setInterval: (callback, ms) => setInterval(callback, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/** Resolves after that many milliseconds, or when `signal` is aborted; `unref` doesn't keep the process alive. */
export function pause(
  clock: Clock,
  ms: number,
  { signal, unref = false }: { signal?: AbortSignal; unref?: boolean } = {},
): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clock.clear(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    if (unref) timer.unref();
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** `20261123T014500Z`: the form of `x-amz-date` and of credential scopes. */
export function amzDate(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}
