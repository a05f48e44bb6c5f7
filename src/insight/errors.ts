/** Why a question about calls has no answer. */
export type InsightErrorCode =
  /** A cursor that no answer gave. */
  | "invalid_cursor"
  /** The index can't be read at the moment; it is being opened again. */
  | "unavailable";

export class InsightError extends Error {
  readonly code: InsightErrorCode;

  constructor(code: InsightErrorCode, message: string) {
    super(message);
    this.name = "InsightError";
    this.code = code;
  }
}
