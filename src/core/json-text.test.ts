/** Where strings and groups end, compared with reading byte by byte, at every alignment. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonText } from "./json-text.ts";

/** Texts in which quotes, backslashes and what differs from them in one bit are frequent, with long stretches between. */
const texts = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('"', "\\", "#", "]", "[", "{", "}", "\u0001", "é", "a") },
      { weight: 1, arbitrary: fc.constantFrom("ab".repeat(40), "c".repeat(700)) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

/** The text after `lead` bytes of a larger buffer, and before a quote that isn't part of it. */
function placed(text: string, lead: number): Buffer {
  const bytes = Buffer.from(text);
  const around = Buffer.alloc(lead + bytes.length + 8, '"');
  bytes.copy(around, lead);
  return around.subarray(lead, lead + bytes.length);
}

function closingQuote(json: Buffer, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== 0x22) at += json[at] === 0x5c ? 2 : 1;
  return Math.min(at, json.length);
}

function end(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const char = String.fromCharCode(json[at] ?? 0);
    if (char === '"') at = closingQuote(json, at);
    else if ("[{".includes(char)) depth++;
    else if ("]}".includes(char) && --depth === 0) return at;
  }
  return json.length;
}

describe("a JSON text", () => {
  it("has its strings' and groups' ends where a reader of single bytes finds them", () => {
    fc.assert(
      fc.property(texts, fc.nat(7), (rest, lead) => {
        const string = placed(`"${rest}`, lead);
        expect(new JsonText(string).closingQuote(0)).toBe(closingQuote(string, 0));
        const group = placed(`[${rest}`, lead);
        expect(new JsonText(group).end(0)).toBe(end(group, 0));
      }),
      { numRuns: 5_000 },
    );
  });

  it("may end in a string, after a backslash", () => {
    const text = Buffer.from('"ab\\"');
    expect(new JsonText(text).closingQuote(0)).toBe(text.length);
    expect(new JsonText(text.subarray(0, 4)).closingQuote(0)).toBe(4);
  });
});
