import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../core/model.ts";
import { intersectPatterns } from "./globs.ts";

describe("the intersection of patterns", () => {
  it.each([
    ["us.*", "*.claude", ["us.*.claude", "us.claude"]],
    ["*ab*", "*bc*", ["*ab*bc*", "*abc*", "*bc*ab*"]],
    ["a*", "*", ["a*"]],
    ["a", "b*", []],
    ["", "*", [""]],
  ])("%s and %s: %j", (one, other, expected) => {
    expect(intersectPatterns(one, other)?.toSorted()).toEqual(expected.toSorted());
  });

  it("matches exactly what both match", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 7 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    fc.assert(
      fc.property(pattern, pattern, text, (one, other, value) => {
        const both = intersectPatterns(one, other);
        if (both === undefined) return;
        expect(both.some((each) => matchesPattern(each, value))).toBe(
          matchesPattern(one, value) && matchesPattern(other, value),
        );
      }),
      { numRuns: 5_000, seed: 27 },
    );
  });

  it("is given up, quickly, if it takes too many patterns", () => {
    expect(intersectPatterns(`${"*a".repeat(60)}*`, `${"*b".repeat(60)}*`)).toBeUndefined();
  });
});
