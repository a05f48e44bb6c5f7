/** Cursors: where a page ended, as numbers that only this folder understands. */
import { InsightError } from "./errors.ts";

/** `numbers`: non-negative integers. */
export function cursorOf(...numbers: number[]): string {
  return Buffer.from(numbers.join(".")).toString("base64url");
}

const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** The cursor's numbers. Throws InsightError `invalid_cursor`. */
export function numbersIn(cursor: string, expected: number): number[] {
  const parts = Buffer.from(cursor, "base64url").toString("latin1").split(".");
  const numbers = parts.map(Number);
  const whole = parts.length === expected && parts.every((part) => NUMBER.test(part));
  // Decoding skips invalid characters, so a cursor is valid only if it encodes to the same text.
  if (!whole || cursorOf(...numbers) !== cursor)
    throw new InsightError("invalid_cursor", "This is not a valid cursor.");
  return numbers;
}
