import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalHeaders, type Header } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";

describe("canonical path", () => {
  test.each([
    ["/model/anthropic.claude-v2%3A1/invoke", "/model/anthropic.claude-v2%253A1/invoke"],
    ["/model/anthropic.claude-v2:1/invoke", "/model/anthropic.claude-v2%3A1/invoke"],
    ["/model/arn%3Aaws%3Abedrock%2Fx/converse", "/model/arn%253Aaws%253Abedrock%252Fx/converse"],
    ["/a!b'c(d)e*f~g", "/a%21b%27c%28d%29e%2Af~g"],
    ["/a/../..//b/./c/", "/b/c/"],
    ["/..", "/"],
  ])("%s is signed as %s", (wire, canonical) => {
    expect(canonicalPath(wire)).toBe(canonical);
  });

  test("T10 decodes to exactly the path it was made from, so no two paths sign alike", () => {
    const character = fc.oneof(
      fc.constantFrom(".", "%", ":", "\\", "#", "%2F", "%252F"),
      fc.string({ unit: "grapheme", maxLength: 1 }),
    );
    const segment = fc
      .array(character)
      .map((characters) => characters.join("").replaceAll("/", "%2F"))
      .filter((text) => text !== "" && text !== "." && text !== "..");
    const path = fc
      .array(segment, { minLength: 1, maxLength: 6 })
      .map((segments) => `/${segments.join("/")}`);
    fc.assert(
      fc.property(path, (wire) => {
        expect(canonicalPath(wire).split("/").map(decodeURIComponent).join("/")).toBe(wire);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("canonical query", () => {
  test.each([
    ["b=2&a=1&a=0", "a=0&a=1&b=2"],
    ["Param=2&Param-3=3", "Param=2&Param-3=3"],
    ["flag&empty=", "empty=&flag="],
    ["&&a=1&", "a=1"],
    ["a=b=c", "a=b%3Dc"],
    ["a=%7e%c3%a9", "a=~%C3%A9"],
    ["a=1+1", "a=1%2B1"],
  ])("%s is signed as %s", (wire, canonical) => {
    expect(canonicalQuery(wire)).toBe(canonical);
  });

  test("leaves a canonical query unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string())), (parameters) => {
        const wire = parameters.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
        const canonical = canonicalQuery(wire);
        expect(canonicalQuery(canonical)).toBe(canonical);
      }),
    );
  });

  test("refuses escapes that are malformed or not UTF-8 instead of guessing", () => {
    for (const query of ["a=%", "a=%zz", "a=%ff"]) expect(() => canonicalQuery(query)).toThrow(URIError);
  });
});

describe("canonical headers", () => {
  test("are sorted and folded, and repeated ones are joined in order", () => {
    const headers: Header[] = [
      ["x-b", "  two \t spaces  "],
      ["x-a", "second"],
      ["host", "example"],
      ["x-a", "first"],
      ["x-c", "folded\r\n  line"],
    ];
    expect(canonicalHeaders(headers)).toEqual({
      block: "host:example\nx-a:second,first\nx-b:two spaces\nx-c:folded line\n",
      signed: "host;x-a;x-b;x-c",
    });
  });

  test("T10 a value can't grow into another header", () => {
    const { block, signed } = canonicalHeaders([["x-a", "1\nx-evil:2"]]);
    expect(block).toBe("x-a:1 x-evil:2\n");
    expect(signed).toBe("x-a");
  });

  test("are the same for any order of different names", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { maxLength: 8 });
    const shuffled = names.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(canonicalHeaders(other.map(valued))).toEqual(canonicalHeaders(all.map(valued)));
      }),
    );
  });
});

function valued(name: string): Header {
  return [name, `value of ${name}`];
}
