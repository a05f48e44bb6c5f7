/**
 * A caller's JSON. A few megabytes of brackets would block every other call for seconds and take a gigabyte, so a body
 * with more parts than any request has is refused unparsed (T34). Long strings, such as images, cost nothing.
 */
import { SignetError } from "./errors.ts";
import { JsonText, QUOTE } from "./json-text.ts";

/** Objects and arrays, side by side or nested. */
const MAX_GROUPS = 100_000;
export const MAX_NAMES = 200_000;
/** Between members and items. */
const MAX_COMMAS = 500_000;
/** No JSON of this size can have more: a group takes two bytes, a name five with its value, a comma one. */
const ALWAYS_READ_BYTES = 2 * MAX_GROUPS;

/** Throws a coded error if the text isn't JSON or has more parts than a request can have. */
export function parseJson(body: Buffer): unknown {
  if (body.length > ALWAYS_READ_BYTES) refuseExcess(body);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new SignetError("invalid_body", "The request body is not valid JSON.");
  }
}

// In UTF-8 none of these is ever part of another character.
const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPENING_BRACKET = 0x5b;
export const CLOSING_BRACKET = 0x5d;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;

function refuseExcess(json: Buffer): void {
  const text = new JsonText(json);
  let groups = 0;
  let names = 0;
  let commas = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = text.closingQuote(at);
    else if (byte === COMMA) commas++;
    else if (byte === COLON) names++;
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) groups++;
    if (groups > MAX_GROUPS || names > MAX_NAMES || commas > MAX_COMMAS)
      throw new SignetError("invalid_body", "The request body has too many parts.");
  }
}

/** Runs work that recurses into a caller's JSON, as JSON.stringify does: the stack ends after some thousand levels. */
export function notTooDeep<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SignetError("invalid_body", "The request body is nested too deeply.", { cause });
  }
}

/** The JSON of a payload. Throws SyntaxError. */
export function jsonOf(payload: Uint8Array): unknown {
  return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
}
