/** The machine's own time and waiting: the sandbox's one place for both. */
export { setTimeout as sleep } from "node:timers/promises";

/** Epoch milliseconds. */
export function systemNow(): number {
  return Date.now();
}
