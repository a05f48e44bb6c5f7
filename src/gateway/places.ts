/** The limited places of calls, each held from before its body is read until it has ended, whatever it waits for. */
export interface Places {
  /** Takes a place. False when all are taken. */
  take(): boolean;
  give(): void;
  /** Settles when no place is taken. */
  idle(): Promise<void>;
}

export function createPlaces(limit: number): Places {
  let taken = 0;
  let waiting: (() => void)[] = [];
  return {
    take() {
      if (taken >= limit) return false;
      taken++;
      return true;
    },
    give() {
      taken--;
      if (taken > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    idle: () => (taken === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  };
}
