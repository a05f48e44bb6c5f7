/** What an index can fail with. */

/** `invalid_cursor`: no page gave it. `unavailable`: the index can't be read now; it is being restarted or made anew. */
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
