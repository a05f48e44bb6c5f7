import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./json.ts";
import { jsonValues } from "../../test/support/json-values.ts";

/** Enough that the body is scanned before it is parsed. */
const FILLER = " ".repeat(200_000);
const parse = (text: string) => parseJson(Buffer.from(text + FILLER));

describe("a caller's JSON", () => {
  it("is parsed as JSON.parse does", () => {
    fc.assert(
      fc.property(jsonValues(), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(["", "{", '{"a":1}}', '"a', '"a\\"', "[1,]"])("is refused if it is invalid: %j", (text) => {
    expect(() => parse(text)).toThrow("not valid JSON");
  });

  it.each([
    ["brackets", "[".repeat(100_001)],
    ["depth", '{"a":'.repeat(100_001) + "1" + "}".repeat(100_001)],
    ["objects", `[${"{},".repeat(100_000)}1]`],
    ["numbers", `[${"1,".repeat(500_001)}1]`],
    ["names", `{${Array.from({ length: 200_001 }, (_, i) => `"${i}":1`).join(",")}}`],
    ["strings", `[${String.raw`"\"",`.repeat(500_001)}1]`],
  ])("is refused if it has more parts than a request can have: %s", (_, text) => {
    expect(() => parse(text)).toThrow("too many parts");
  });

  it("may hold anything in its strings", () => {
    const text = String.raw`["\\", "\"[[[", "${"[{,:".repeat(200_000)}", "${String.raw`\"\\`.repeat(600_000)}"]`;
    expect(parse(text)).toEqual(JSON.parse(text));
  });
});
