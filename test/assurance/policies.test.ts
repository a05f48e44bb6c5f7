/** T21, T34: arbitrary policies and grants are read to the end, and never become broader. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../src/core/delegation.ts";
import { matchesPattern } from "../../src/core/model.ts";
import { compacted } from "../../src/iam/compact.ts";
import { intersectGrants } from "../../src/iam/intersect.ts";
import { lintPolicy } from "../../src/iam/lint/lint.ts";
import { PLAIN } from "../../src/iam/render/fixtures.ts";
import { cases } from "./figure.ts";

const NAMES = [
  "Statement",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "Principal",
  "Condition",
  "__proto__",
  "constructor",
];
const VALUES = [
  "Allow",
  "sts:AssumeRole",
  "bedrock:*",
  "*",
  "arn:aws:bedrock:*::foundation-model/*",
  "AWS",
  "StringEquals",
  "sts:ExternalId",
];
const word = fc.oneof(fc.constantFrom(...VALUES), fc.string({ maxLength: 6 }));
const node = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    word,
    fc.constantFrom(null, true, 0, ""),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), word), tie("value")), { maxLength: 4 })
      .map((members) => {
        const text = members.map(
          ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? "null"}`,
        );
        return JSON.parse(`{${text.join(",")}}`) as unknown;
      }),
  ),
})).value;

const pattern = fc.array(fc.constantFrom("anthropic.", "claude", "*", "amazon.nova", "us.", "-v1:0"), {
  minLength: 1,
  maxLength: 5,
});
const grant: fc.Arbitrary<Grant> = fc.record({
  operations: fc.constantFrom<Grant["operations"]>(["*"], ["Converse"], ["InvokeModel", "Converse"]),
  models: fc.array(
    pattern.map((parts) => parts.join("")),
    { minLength: 1, maxLength: 3 },
  ),
  regions: fc.subarray(["us-east-1", "eu-west-1"], { minLength: 1 }),
  headers: fc.subarray(["x-amzn-bedrock-trace"]),
});
const grants = fc.array(grant, { maxLength: 3 });

describe("arbitrary input", () => {
  it("as a policy gives findings, whatever it is (T21, T34)", (context) => {
    fc.assert(
      fc.property(node, fc.boolean(), (value, whole) => {
        const document = whole ? { Version: "2012-10-17", Statement: value } : value;
        for (const finding of lintPolicy(document, PLAIN)) expect(finding.message).not.toBe("");
      }),
      cases(context, 1_000, 50_000),
    );
    expect(({} as { Effect?: unknown }).Effect).toBeUndefined();
  });

  it("as grants, intersected, allows nothing that the narrower ones don't (T34)", (context) => {
    const model = fc.constantFrom(
      "anthropic.claude-v1:0",
      "us.anthropic.claude",
      "amazon.nova",
      "anthropic.",
      "claude*",
    );
    const allows = (list: readonly Grant[], name: string) =>
      list.some(({ models }) => models.some((each) => matchesPattern(each, name)));
    fc.assert(
      fc.property(grants, grants, model, (wider, narrower, name) => {
        const both = intersectGrants(wider, narrower);
        expect(allows(both, name) && !allows(narrower, name)).toBe(false);
        const statements = both.map(({ models }) => ({
          Effect: "Allow" as const,
          Action: ["bedrock:InvokeModel"],
          Resource: models,
        }));
        const resources = compacted(statements).flatMap(({ Resource }) => Resource);
        expect(resources.some((each) => matchesPattern(each, name))).toBe(allows(both, name));
      }),
      cases(context, 1_000, 50_000),
    );
  });
});
