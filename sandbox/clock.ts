/** The machine's time and timers: the sandbox's only source of both. */
export { setTimeout as sleep } from "node:timers/promises";

/** Epoch milliseconds. */
export function systemNow(): number {
  return Date.now();
}
