/** Finds where strings, objects and arrays end in a JSON text, four bytes at a time: native bodies are read on each call. */
import { endianness } from "node:os";

// In UTF-8 none of these is ever part of another character.
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;
/** Makes a bracket the brace of its kind, and changes neither. */
const BRACE = 0x20;

/** Words searched here; for longer strings, such as images, a native search is worth its call. */
const NEAR = 64;
/** A word's first byte is its lowest: elsewhere only the native search is used. */
const HAS_WORDS = endianness() === "LE";

export class JsonText {
  readonly #json: Uint8Array;
  /** Of the text, from the last boundary of a word at or before its start. */
  readonly #words: Int32Array;
  /** Bytes between that boundary and the text's start. */
  readonly #lead: number;

  constructor(json: Uint8Array) {
    this.#json = json;
    this.#lead = json.byteOffset % 4;
    const bytes = HAS_WORDS ? this.#lead + json.length : 0;
    this.#words = new Int32Array(json.buffer, json.byteOffset - this.#lead, Math.floor(bytes / 4));
  }

  /** The position of the bracket or brace that ends the array or object at `start`, or the text's length. */
  end(start: number): number {
    const json = this.#json;
    let depth = 0;
    for (let at = start; at < json.length; at++) {
      const byte = json[at] ?? 0;
      if (byte === QUOTE) at = this.closingQuote(at);
      else if ((byte | BRACE) === OPENING) depth++;
      else if ((byte | BRACE) === CLOSING && --depth === 0) return at;
    }
    return json.length;
  }

  /** The position of the quote that ends the string at `start`, or the text's length. */
  closingQuote(start: number): number {
    const json = this.#json;
    let at = this.#quote(start + 1);
    while (json[at - 1] === BACKSLASH && at < json.length && isEscaped(json, at)) at = this.#quote(at + 1);
    return at;
  }

  /** The position of the first quote from `start`, or the text's length. */
  #quote(start: number): number {
    const words = this.#words;
    const from = start + this.#lead;
    let word = from >> 2;
    // Nothing before the start counts.
    let found = quotesIn(words[word] ?? 0) & (-1 << ((from & 3) << 3));
    const end = Math.min(word + NEAR, words.length);
    while (found === 0 && ++word < end) {
      // Cheaper, and may be wrong only above a quote: the lowest one counts.
      const differs = (words[word] ?? 0) ^ QUOTES;
      found = (differs - 0x01010101) & ~differs & 0x80808080;
    }
    if (found !== 0) return (word << 2) + ((31 - Math.clz32(found & -found)) >> 3) - this.#lead;
    const next = this.#json.indexOf(QUOTE, Math.max(start, (Math.min(word, end) << 2) - this.#lead));
    return next < 0 ? this.#json.length : next;
  }
}

const QUOTES = 0x22222222;

/** The highest bit of each byte that is a quote. */
function quotesIn(word: number): number {
  const differs = word ^ QUOTES;
  return ~(((differs & 0x7f7f7f7f) + 0x7f7f7f7f) | differs | 0x7f7f7f7f);
}

function isEscaped(json: Uint8Array, at: number): boolean {
  let start = at;
  while (json[start - 1] === BACKSLASH) start--;
  return ((at - start) & 1) === 1;
}
