/**
 * A JSON object's members as bytes. What Signet only passes on keeps its original form: JavaScript would round
 * numbers of more than 53 bits, and reorder names that look like numbers. Besides, the megabytes of an image are
 * copied instead of being encoded again.
 */

/** Each name once, with the JSON of its value. */
export type Members = Map<string, Buffer>;

/**
 * `json` must be an object to JSON.parse: the reader relies on it. Of several members with one name the last counts,
 * as with JSON.parse.
 */
export function membersOf(json: Buffer): Members {
  const members: Members = new Map();
  let at = afterBlanks(json, json.indexOf(OPENING_BRACE) + 1);
  while (json[at] === QUOTE) {
    const nameEnd = stringEnd(json, at);
    const name = JSON.parse(json.toString("utf8", at, nameEnd)) as string;
    const valueStart = afterBlanks(json, json.indexOf(COLON, nameEnd) + 1);
    const end = valueEnd(json, valueStart);
    members.set(name, json.subarray(valueStart, beforeBlanks(json, end)));
    at = afterBlanks(json, end + 1);
  }
  return members;
}

export function objectOf(members: Members): Buffer {
  const parts = Array.from(members, ([name, value], i) => [
    Buffer.from(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`),
    value,
  ]);
  return Buffer.concat([...parts.flat(), Buffer.from(members.size === 0 ? "{}" : "}")]);
}

export function valueOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

// In UTF-8 none of these is ever part of another character.
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function afterBlanks(json: Buffer, from: number): number {
  let at = from;
  while (isBlank(json[at])) at++;
  return at;
}

function beforeBlanks(json: Buffer, from: number): number {
  let at = from;
  while (isBlank(json[at - 1])) at--;
  return at;
}

/** The position of the comma or brace that follows the value. */
function valueEnd(json: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) at = stringEnd(json, at);
    else {
      const closes = byte === CLOSING_BRACE || byte === CLOSING_BRACKET;
      if (depth === 0 && (byte === COMMA || closes)) return at;
      if (closes) depth--;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++;
      at++;
    }
  }
  return at;
}

/** The position after the closing quote of the string that begins at `quote`. */
function stringEnd(json: Buffer, quote: number): number {
  let at = quote;
  do at = json.indexOf(QUOTE, at + 1);
  while (at > 0 && isEscaped(json, at));
  return at < 0 ? json.length : at + 1;
}

function isEscaped(json: Buffer, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
