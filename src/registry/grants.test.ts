import { check, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../core/model.ts";
import { patternsMeet } from "./grants.ts";

describe("overlapping patterns", () => {
  it.each([
    ["us.anthropic.*", "us.*", true],
    ["*haiku*", "us.anthropic.claude-*", true],
    ["us.*", "eu.*", false],
    ["*-v1:0", "*-v2:0", false],
    ["a", "a", true],
    ["a", "ab", false],
    ["", "*", true],
    ["*", "*", true],
    ["a*", "*b", true],
  ])("%s and %s: %s", (a, b, expected) => {
    expect(patternsMeet(a, b)).toBe(expected);
    expect(patternsMeet(b, a)).toBe(expected);
  });

  it("are exactly those that match a common text", () => {
    // If two patterns match a common text, they match one no longer than both together.
    const texts = textsUpTo(8);
    const pattern = string({ unit: constantFrom("a", "b", "*"), maxLength: 4 });
    const agreement = property(pattern, pattern, (a, b) => {
      const shared = texts.some((text) => matchesPattern(a, text) && matchesPattern(b, text));
      return patternsMeet(a, b) === shared;
    });
    expect(check(agreement, { numRuns: 2_000 }).counterexample).toBeNull();
  });
});

/** All texts of `a` and `b` up to a length. */
function textsUpTo(length: number): string[] {
  if (length === 0) return [""];
  const shorter = textsUpTo(length - 1);
  const longest = shorter.filter((text) => text.length === length - 1);
  return [...shorter, ...longest.flatMap((text) => [`${text}a`, `${text}b`])];
}
