/** Passes calls on to the gateway's thread as they are indexed. While that thread is slow, the oldest are dropped. */
import type { IndexedCall } from "./types.ts";

const MOST_HELD = 1000;

export interface Live {
  follow(on: boolean): void;
  add(calls: readonly IndexedCall[]): void;
  /** The last batch has been passed on. */
  received(): void;
}

export function openLive(send: (calls: IndexedCall[]) => void): Live {
  let wanted = false;
  let sending = false;
  let held: IndexedCall[] = [];
  const next = () => {
    if (sending || held.length === 0) return;
    sending = true;
    send(held);
    held = [];
  };
  return {
    follow(on) {
      wanted = on;
      if (!on) held = [];
    },
    add(calls) {
      if (!wanted) return;
      held = [...held, ...calls].slice(-MOST_HELD);
      next();
    },
    received() {
      sending = false;
      next();
    },
  };
}
