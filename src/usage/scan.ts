/**
 * Finds what a request's price and estimate depend on in one pass over its bytes: the few fields that name a tier or
 * bound the answer, and where media may be. A body may be megabytes long, so it isn't parsed for this.
 */
import { isBase64, withoutPadding } from "../core/base64.ts";
import {
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COLON,
  MAX_NAMES,
  OPENING_BRACE,
  OPENING_BRACKET,
} from "../core/json.ts";
import { JsonText, QUOTE } from "../core/json-text.ts";

/** Names of fields that bound the answer: Converse's, Nova's, Titan's and those of other vendors. */
export const BOUNDS = [
  "maxTokens",
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "max_new_tokens",
  "max_gen_len",
  "max_tokens_to_sample",
  "maxTokenCount",
] as const;
/** Objects at the top of a request that may hold such fields. */
export const BOUND_GROUPS = [
  "inferenceConfig",
  "textGenerationConfig",
  "additionalModelRequestFields",
] as const;

/** The top-level fields that are read, and the top-level objects with the fields that are read from each. */
const SCALARS: ReadonlySet<string> = new Set([...BOUNDS, "service_tier"]);
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ["serviceTier", ["type"]],
  ["performanceConfig", ["latency"]],
  ...BOUND_GROUPS.map((name): [string, readonly string[]] => [name, BOUNDS]),
]);
/** No name that is read is longer, even if all of it is escaped. */
const LONGEST_NAME = 6 * Math.max(...[...SCALARS, ...GROUPS.keys()].map((name) => name.length));

const TIER_NAME = /"(?:serviceTier|service_tier|performanceConfig)"/;
const LONGEST_TIER_NAME = '"performanceConfig"'.length;
/** Bytes searched at once: V8 collects larger strings dearly. */
const PIECE = 16 * 1024;
/** Bytes. Larger bodies hold media, which the scan skips and a search does not. */
const MOST_SEARCHED = 512 * 1024;

/** Shorter base64 is counted as text: distinguishing it gains nothing. */
const MEDIA_CHARS = 1000;
/** This many bytes distinguish nearly all other text from base64. */
const FIRST_BYTES = 64;
const IN_BASE64 = Uint8Array.from({ length: 256 }, (_, byte) =>
  // A backslash may begin an escape of one of them.
  /[A-Za-z0-9+/_\\-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Strings and numbers by where they are: `max_tokens`, `serviceTier.type`. */
export type Fields = ReadonlyMap<string, string | number>;

/** A request whose bytes are scanned when needed, and only once. */
export class RequestScan {
  readonly #body: Buffer;
  #found: Found | undefined;

  constructor(body: Buffer) {
    this.#body = body;
  }

  /** Of the whole body. */
  get bytes(): number {
    return this.#body.length;
  }

  get fields(): Fields {
    return this.#scanned().fields;
  }

  /** Whether `fields` may hold one that names a tier. Few requests do, and checking this is cheaper than a scan. */
  mayNameTier(): boolean {
    const body = this.#body;
    if (body.length > MOST_SEARCHED) return true;
    for (let at = 0; at < body.length; at += PIECE)
      if (TIER_NAME.test(body.toString("latin1", at, at + PIECE + LONGEST_TIER_NAME))) return true;
    return false;
  }

  /** The long texts of base64, padded or not. */
  media(): string[] {
    return this.#scanned().long.flatMap(([start, end]) => base64In(this.#body, start, end));
  }

  #scanned(): Found {
    this.#found ??= scan(this.#body);
    return this.#found;
  }
}

interface Found {
  fields: Fields;
  /** Where texts are that may be base64, with their quotes. */
  long: readonly (readonly [start: number, end: number])[];
}

/**
 * May find something in a body that isn't JSON, too: Bedrock refuses such a request. One with more names than any
 * request has is counted as text, so that it can't hold up other calls (T34).
 */
function scan(body: Buffer): Found {
  const fields = new Map<string, string | number>();
  const long: [start: number, end: number][] = [];
  const text = new JsonText(body);
  let depth = 0;
  let member = "";
  let group: readonly string[] | undefined;
  let names = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = text.closingQuote(at);
      const isLong = end - at > MEDIA_CHARS && mayBeBase64(body, at + 1);
      const mayBeRead = depth === 1 || (depth === 2 && group !== undefined);
      const colon = isLong || mayBeRead ? colonAfter(body, end) : -1;
      if (colon < 0 && isLong) long.push([at, end + 1]);
      if (colon > 0 && mayBeRead) {
        if (++names > MAX_NAMES) return { fields: new Map(), long: [] };
        const name = nameAt(body, at, end);
        if (depth === 1) {
          member = name;
          forget(fields, member);
          if (SCALARS.has(member)) take(fields, member, scalarAt(body, text, colon + 1));
        } else if (group?.includes(name)) {
          take(fields, `${member}.${name}`, scalarAt(body, text, colon + 1));
        }
      }
      at = end;
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      depth++;
      if (depth === 2) group = byte === OPENING_BRACE ? GROUPS.get(member) : undefined;
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      depth--;
    }
  }
  return { fields, long };
}

/** The last of several fields with the same name counts, as with JSON.parse. */
function forget(fields: Map<string, string | number>, member: string): void {
  if (fields.size === 0) return;
  fields.delete(member);
  for (const name of GROUPS.get(member) ?? []) fields.delete(`${member}.${name}`);
}

function take(fields: Map<string, string | number>, path: string, value: unknown): void {
  if (typeof value === "string" || typeof value === "number") fields.set(path, value);
  else fields.delete(path);
}

function mayBeBase64(body: Buffer, start: number): boolean {
  for (let at = start; at < start + FIRST_BYTES; at++) if (IN_BASE64[body[at] ?? 0] === 0) return false;
  return true;
}

/** Between two quotes. Bytes beyond ASCII aren't base64, so nothing needs decoding. */
function base64In(body: Buffer, start: number, end: number): string[] {
  const quoted = body.toString("latin1", start, end);
  const text = quoted.includes("\\") ? parsed(quoted) : quoted.slice(1, -1);
  if (typeof text !== "string" || text.length < MEDIA_CHARS) return [];
  return isBase64(withoutPadding(text)) ? [text] : [];
}

/** The position of the colon after the string that ends at `quote`, which makes it a name; otherwise -1. */
function colonAfter(body: Buffer, quote: number): number {
  const at = afterSpace(body, quote + 1);
  return body[at] === COLON ? at : -1;
}

function nameAt(body: Buffer, start: number, end: number): string {
  if (end - start > LONGEST_NAME) return "";
  const name = body.toString("latin1", start + 1, end);
  return name.includes("\\") ? String(parsed(`"${name}"`)) : name;
}

/** The string or number that starts there, after any space. */
function scalarAt(body: Buffer, text: JsonText, start: number): unknown {
  const at = afterSpace(body, start);
  if (body[at] === QUOTE) return parsed(body.toString("utf8", at, text.closingQuote(at) + 1));
  let end = at;
  while (isOfNumber(body[end])) end++;
  return parsed(body.toString("latin1", at, end));
}

/** Space, tab, line feed and carriage return. */
function afterSpace(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return at;
}

/** Digits, `+`, `-`, `.`, `E` and `e`. */
function isOfNumber(byte = 0): boolean {
  return (byte >= 0x30 && byte <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].includes(byte);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
