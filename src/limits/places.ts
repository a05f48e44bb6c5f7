/**
 * The limited places for calls. A call holds one from before its body is read until it has ended. When all are taken, a
 * bounded number of calls waits in turn, for at most a second.
 */
import type { EventEmitter } from "node:events";
import type { Clock } from "../core/clock.ts";

export interface Places {
  /** Takes a place, immediately or after waiting. False if none becomes free, or the caller leaves. */
  take(caller: Caller): boolean | Promise<boolean>;
  give(): void;
  /** Calls that hold a place, and calls that wait for one. */
  readonly taken: number;
  readonly waiting: number;
  /** Refuses waiting calls, and settles when no place is taken. */
  idle(): Promise<void>;
}

/** The waiting caller: a response, which closes when its caller leaves. */
export type Caller = Pick<EventEmitter, "once" | "removeListener">;

const PATIENCE_MS = 1_000;

interface Waiter {
  settle(got: boolean): void;
}

export function createPlaces(limit: number, queueLimit: number, clock: Clock): Places {
  let taken = 0;
  let idlers: (() => void)[] = [];
  const queue = new Set<Waiter>();
  const wait = (caller: Caller) =>
    new Promise<boolean>((resolve) => {
      const waiter: Waiter = {
        settle(got) {
          clock.clear(timer);
          caller.removeListener("close", leave);
          queue.delete(waiter);
          resolve(got);
        },
      };
      const leave = () => waiter.settle(false);
      const timer = clock.setTimeout(leave, PATIENCE_MS);
      caller.once("close", leave);
      queue.add(waiter);
    });
  return {
    take(caller) {
      if (taken < limit) {
        taken++;
        return true;
      }
      return queue.size < queueLimit ? wait(caller) : false;
    },
    give() {
      const [next] = queue;
      // The place passes to the one that has waited longest.
      if (next) return next.settle(true);
      taken--;
      if (taken > 0) return;
      for (const resolve of idlers) resolve();
      idlers = [];
    },
    get taken() {
      return taken;
    },
    get waiting() {
      return queue.size;
    },
    idle() {
      for (const waiter of queue) waiter.settle(false);
      return taken === 0 ? Promise.resolve() : new Promise((resolve) => void idlers.push(resolve));
    },
  };
}
