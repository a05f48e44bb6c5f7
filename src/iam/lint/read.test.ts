/** Documents that IAM would refuse, each for one reason. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../render/fixtures.ts";
import { ID, permissions, SIGNET, trust } from "./fixtures.ts";
import { lintPolicy } from "./lint.ts";

describe("a policy that IAM would refuse", () => {
  it.each<[string, unknown]>([
    ["malformed_json at Policy", '{"Version": '],
    ["malformed_json at Policy", ""],
    ["malformed_policy at Policy", []],
    ["malformed_policy at Policy", null],
    ["malformed_policy at Statement", { Version: "2012-10-17" }],
    ["malformed_policy at Statement", { Version: "2012-10-17", Statement: [] }],
    ["malformed_policy at Version", { ...trust({}), Version: "2026-01-01" }],
    ["malformed_policy at Policy", { ...trust({}), Statements: [] }],
    ["malformed_statement at Statement[0]", { Version: "2012-10-17", Statement: ["x"] }],
    ["malformed_statement at Statement[0].Effect", trust({ Effect: "allow" })],
    ["malformed_statement at Statement[0]", trust({ Conditions: {} })],
    ["malformed_statement at Statement[0]", trust({ Action: undefined })],
    ["malformed_statement at Statement[0]", trust({ NotAction: "sts:*" })],
    ["malformed_statement at Statement[0].Action", trust({ Action: [] })],
    ["malformed_statement at Statement[0].Action", trust({ Action: "AssumeRole" })],
    ["malformed_statement at Statement[0].Resource", trust({ Resource: "*" })],
    ["malformed_statement at Statement[0].Principal", trust({ Principal: SIGNET })],
    ["malformed_statement at Statement[0].Principal", trust({ Principal: { Aws: SIGNET } })],
    ["malformed_statement at Statement[0].Condition", trust({ Condition: [] })],
    [
      "malformed_statement at Statement[0].Condition",
      trust({ Condition: { StringEqual: { "sts:ExternalId": ID } } }),
    ],
    [
      "malformed_statement at Statement[0].Condition.StringEquals",
      trust({ Condition: { StringEquals: { "sts:ExternalId": [null] } } }),
    ],
    ["malformed_statement at Statement[0]", permissions({ Resource: undefined })],
    ["malformed_statement at Statement[0].Resource", permissions({ Resource: "foundation-model/*" })],
  ])("has one finding: %s", (expected, document) => {
    const [finding, ...more] = lintPolicy(document, PLAIN);
    expect(`${finding?.code} at ${finding?.place}`).toBe(expected);
    expect(finding?.severity).toBe("invalid");
    expect(more).toEqual([]);
  });

  it.each([
    ['{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": STATEMENT}', "Policy", "Version"],
    [
      '{"Statement": [STATEMENT, {"Effect": "Deny", "Effect": "Deny", "Action": "sts:*", "Principal": "*"}]}',
      "Statement[1]",
      "Effect",
    ],
    [
      '{"Statement": {"Effect": "Deny", "Action": "sts:*", "Principal": "*", "Condition": {"Bool": {"a:B": "true"}, "B\\u006fol": {"a:C": "true"}}}}',
      "Statement.Condition",
      "Bool",
    ],
  ])("has a key twice: %s", (text, place, key) => {
    const statement = JSON.stringify((trust({}) as { Statement: unknown[] }).Statement[0]);
    const [finding, ...more] = lintPolicy(text.replace("STATEMENT", statement), PLAIN);
    expect(finding).toMatchObject({ code: "duplicate_key", place, severity: "invalid" });
    expect(finding?.message).toContain(JSON.stringify(key));
    expect(more).toEqual([]);
  });

  it("is none for its brackets, commas and colons in strings", () => {
    const odd = { StringNotEquals: { "aws:PrincipalTag/a": ['{"a": 1, "a": 2}', "[,]", '\\"'] } };
    expect(
      lintPolicy(
        JSON.stringify(trust({}, { Effect: "Deny", Principal: "*", Action: "*", Condition: odd })),
        PLAIN,
      ),
    ).toEqual([]);
  });

  it("is quoted without terminal control characters, and cut", () => {
    const [finding] = lintPolicy(permissions({ Action: `\u001b[2J\u009b${"x".repeat(500)}` }), PLAIN);
    expect(finding?.message).toMatch(/^"\\u001b\[2J\\u009bx+\.\.\." is not an action$/);
    expect(finding?.message.length).toBeLessThan(200);
  });

  it("never makes the reader throw, whatever the document is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        for (const document of [
          one,
          { Statement: one },
          trust({ Principal: one, Condition: other }),
          permissions({ Action: one, Resource: other }),
        ])
          for (const { place, message, fix } of lintPolicy(document, PLAIN))
            expect([place, message, fix].every((text) => text.length > 0)).toBe(true);
      }),
    );
  });
});
