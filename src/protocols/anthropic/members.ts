/**
 * A JSON object's members as they stand in its text. What Signet only passes on keeps the form in which it was
 * written: JavaScript would round numbers of more than 53 bits, and reorder names that look like numbers.
 */

/** Each name once, with the text of its value. */
export type Members = Map<string, string>;

/**
 * `json` is text that JSON.parse takes for an object: the reading relies on it. Of several members of one name the
 * last counts, as with JSON.parse.
 */
export function membersOf(json: string): Members {
  const members: Members = new Map();
  let at = afterBlanks(json, json.indexOf("{") + 1);
  while (json[at] === '"') {
    const nameEnd = stringEnd(json, at);
    const valueStart = afterBlanks(json, json.indexOf(":", nameEnd) + 1);
    const end = valueEnd(json, valueStart);
    members.set(JSON.parse(json.slice(at, nameEnd)) as string, json.slice(valueStart, end).trimEnd());
    at = afterBlanks(json, end + 1);
  }
  return members;
}

export function objectOf(members: Members): string {
  return `{${Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANKS = new Set([0x09, 0x0a, 0x0d, 0x20]);

function afterBlanks(json: string, from: number): number {
  let at = from;
  while (BLANKS.has(json.charCodeAt(at))) at++;
  return at;
}

/** Where the comma or the brace stands that follows the value. */
function valueEnd(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (depth === 0 && (code === COMMA || CLOSING.has(code))) return at;
    if (code === QUOTE) {
      at = stringEnd(json, at);
      continue;
    }
    if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    at++;
  }
  return at;
}

/** After the quote that ends the string which begins at `quote`. */
function stringEnd(json: string, quote: number): number {
  let at = quote;
  do at = json.indexOf('"', at + 1);
  while (at > 0 && isEscaped(json, at));
  return at < 0 ? json.length : at + 1;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
