/** T21, T34: arbitrary policies and grants are read to the end, and never become broader. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../src/core/delegation.ts";
import { coversName } from "../../src/core/model.ts";
import type { Setting } from "../../src/core/settings.ts";
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
  settings: fc.subarray<Setting>(["trace"]),
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

  it("as grants, intersected, allows exactly what both lists allow (T34)", (context) => {
    const model = fc.constantFrom(
      "anthropic.claude-v1:0",
      "us.anthropic.claude",
      "us.amazon.nova-v1:0",
      "amazon.nova",
      "anthropic.",
      "claude*",
    );
    const allows = (list: readonly Grant[], name: string, region: string) =>
      list.some(
        ({ models, regions }) =>
          regions.includes(region) && models.some((each) => coversName(each, name, null)),
      );
    fc.assert(
      fc.property(grants, grants, model, (wider, narrower, name) => {
        const both = intersectGrants(wider, narrower);
        for (const region of ["us-east-1", "eu-west-1"])
          expect(allows(both, name, region)).toBe(
            wider.some((outer) =>
              narrower.some(
                (own) =>
                  allows([outer], name, region) && allows([own], name, region) && operationsMeet(outer, own),
              ),
            ),
          );
        const entries = both.map(({ models }) => ({ actions: ["bedrock:InvokeModel"], resources: models }));
        const resources = compacted(entries).flatMap(({ Resource = [] }) => Resource);
        const inAny = ["us-east-1", "eu-west-1"].some((region) => allows(both, name, region));
        expect(resources.some((each) => coversName(each, name, null))).toBe(inAny);
      }),
      cases(context, 1_000, 50_000),
    );
  });
});

function operationsMeet(a: Grant, b: Grant): boolean {
  return a.operations.some((one) => one === "*" || b.operations.includes("*") || b.operations.includes(one));
}
