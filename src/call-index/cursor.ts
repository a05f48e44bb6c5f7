/** Cursors: where a page ended, as numbers that only this folder interprets. */
import { InsightError } from "./errors.ts";

/** Whole numbers, not negative. */
export function cursorOf(...numbers: number[]): string {
  return Buffer.from(numbers.join(".")).toString("base64url");
}

const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** The numbers, as many as are expected. Throws InsightError `invalid_cursor`. */
export function numbersIn(cursor: string, expected: number): number[] {
  const parts = Buffer.from(cursor, "base64url").toString("latin1").split(".");
  const numbers = parts.map(Number);
  const whole = parts.length === expected && parts.every((part) => NUMBER.test(part));
  // Decoding skips invalid characters, so a cursor is valid only if its numbers encode to the same text.
  if (!whole || cursorOf(...numbers) !== cursor)
    throw new InsightError("invalid_cursor", "The cursor is none that a page gave.");
  return numbers;
}
