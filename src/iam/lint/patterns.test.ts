/** Patterns against patterns. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches } from "../../../sandbox/iam/match.ts";
import { covers, coversArn } from "./patterns.ts";

describe("a pattern", () => {
  it("covers another one only if it matches all that the other matches, by the sandbox's matcher", () => {
    const pattern = fc
      .array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 6 })
      .map((parts) => parts.join(""));
    const words = fc.array(
      fc.array(fc.constantFrom("a", "b"), { maxLength: 6 }).map((parts) => parts.join("")),
      { minLength: 20 },
    );
    fc.assert(
      fc.property(pattern, pattern, words, (outer, inner, texts) => {
        if (!covers(outer, inner)) return;
        for (const text of texts.filter((each) => matches(inner, each, {})))
          expect(matches(outer, text, {})).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["*", "a*b?", true],
    ["a*", "ab*", true],
    ["a*", "*", false],
    ["a?", "a*", false],
    ["a?c", "a?c", true],
    ["a*c", "abc*", false],
    ["a*", "a${aws:x}", true],
    ["ab", "a${aws:x}", false],
    ["${x}*", "${x}", true],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  it("of ARNs is compared field by field, and never covers a truncated ARN", () => {
    expect(
      coversArn(
        "arn:aws:bedrock:us-*::foundation-model/a.*",
        "arn:aws:bedrock:us-east-1::foundation-model/a.b:0",
      ),
    ).toBe(true);
    expect(
      coversArn(
        "arn:aws:bedrock:us-*::foundation-model/a.*",
        "arn:aws:bedrock:us-east-1:1:foundation-model/a.b",
      ),
    ).toBe(false);
    expect(coversArn("arn:aws:bedrock:*:*:*", "arn:aws:bedrock:us-east-1")).toBe(false);
  });
});
