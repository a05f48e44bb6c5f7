/**
 * Random JSON that V8 reads as it is written: where it has once read a key that is one backslash, it takes any key of
 * one escaped character for a backslash, too (nodejs/node#63785).
 */
import fc from "fast-check";

const MISREAD_KEY = /"\\(?:u[0-9a-f]{4}|.)":/;

export function jsonValues(): fc.Arbitrary<unknown> {
  return fc.jsonValue().filter(isReadAsWritten);
}

export function jsonObjects(): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(fc.string(), fc.jsonValue()).filter(isReadAsWritten);
}

function isReadAsWritten(value: unknown): boolean {
  return !MISREAD_KEY.test(JSON.stringify(value));
}
