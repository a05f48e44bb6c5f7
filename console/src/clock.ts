/** The one place that reads the browser's clock. */

/** Epoch milliseconds. */
export function now(): number {
  return Date.now();
}
