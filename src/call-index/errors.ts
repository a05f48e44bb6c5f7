/** Errors of the index. */

/** `invalid_cursor`: not from a page. `unavailable`: the index can't be read now; it is being restarted or rebuilt. */
export type InsightErrorCode = "invalid_cursor" | "unavailable";

export class InsightError extends Error {
  readonly code: InsightErrorCode;

  constructor(code: InsightErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InsightError";
    this.code = code;
  }
}

export function unreadable(options?: ErrorOptions): InsightError {
  return new InsightError("unavailable", "The index of calls can't be read.", options);
}
