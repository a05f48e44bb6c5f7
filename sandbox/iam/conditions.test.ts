/** Condition operators, one table each: with values, without the key, with sets. */
import { describe, expect, it } from "vitest";
import { holds, isOperator } from "./conditions.ts";
import type { Context } from "./match.ts";

const CONTEXT: Context = {
  "sts:externalid": ["abc-123"],
  "aws:tokenissuetime": ["2026-11-23T01:45:00Z"],
  "aws:sourceip": ["10.1.2.3"],
  "aws:securetransport": ["true"],
  "aws:principalarn": ["arn:aws:iam::111111111111:role/team/gateway"],
  "aws:tagkeys": ["team", "cost"],
  "aws:principaltag/team": ["blue"],
  number: ["10"],
};

describe.each<[operator: string, key: string, values: string[], expected: boolean]>([
  ["StringEquals", "sts:ExternalId", ["abc-123"], true],
  ["StringEquals", "STS:EXTERNALID", ["abc-123"], true],
  ["StringEquals", "sts:ExternalId", ["no", "abc-123"], true],
  ["StringEquals", "sts:ExternalId", ["ABC-123"], false],
  ["StringEquals", "sts:ExternalId", ["abc-*"], false],
  ["StringEquals", "absent", ["x"], false],
  ["StringEquals", "aws:PrincipalTag/team", ["${aws:PrincipalTag/team}"], true],
  ["StringEquals", "aws:PrincipalTag/team", ["${absent}"], false],
  ["StringEqualsIfExists", "absent", ["x"], true],
  ["StringEqualsIfExists", "sts:ExternalId", ["x"], false],
  ["StringNotEquals", "sts:ExternalId", ["x"], true],
  ["StringNotEquals", "sts:ExternalId", ["x", "abc-123"], false],
  ["StringNotEquals", "absent", ["x"], true],
  ["StringEqualsIgnoreCase", "sts:ExternalId", ["ABC-123"], true],
  ["StringNotEqualsIgnoreCase", "sts:ExternalId", ["ABC-123"], false],
  ["StringLike", "sts:ExternalId", ["abc-*"], true],
  ["StringLike", "sts:ExternalId", ["abc-???"], true],
  ["StringLike", "sts:ExternalId", ["abc-??"], false],
  ["StringLike", "absent", ["*"], false],
  ["StringNotLike", "sts:ExternalId", ["abc-*"], false],
  ["ArnEquals", "aws:PrincipalArn", ["arn:aws:iam::111111111111:role/*"], true],
  ["ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/*/gateway"], true],
  ["ArnLike", "aws:PrincipalArn", ["arn:aws:iam::222222222222:role/*"], false],
  ["ArnNotEquals", "aws:PrincipalArn", ["arn:aws:iam::111111111111:role/*"], false],
  ["ArnNotLike", "aws:PrincipalArn", ["arn:aws:iam::222222222222:*"], true],
  ["NumericEquals", "number", ["10.0"], true],
  ["NumericNotEquals", "number", ["10"], false],
  ["NumericLessThan", "number", ["10"], false],
  ["NumericLessThanEquals", "number", ["10"], true],
  ["NumericGreaterThan", "number", ["9"], true],
  ["NumericGreaterThanEquals", "number", ["11"], false],
  ["NumericEquals", "number", ["ten"], false],
  ["DateLessThan", "aws:TokenIssueTime", ["2026-11-23T01:45:01Z"], true],
  ["DateLessThan", "aws:TokenIssueTime", ["2026-11-23T01:45:00Z"], false],
  ["DateLessThanEquals", "aws:TokenIssueTime", ["2026-11-23T01:45:00Z"], true],
  ["DateGreaterThan", "aws:TokenIssueTime", ["1700000000"], true],
  ["DateGreaterThanEquals", "aws:TokenIssueTime", ["2027-01-01T00:00:00Z"], false],
  ["DateEquals", "aws:TokenIssueTime", ["2026-11-23T02:45:00+01:00"], true],
  ["DateNotEquals", "aws:TokenIssueTime", ["2026-11-23T01:45:00Z"], false],
  ["DateLessThan", "aws:TokenIssueTime", ["soon"], false],
  ["Bool", "aws:SecureTransport", ["true"], true],
  ["Bool", "aws:SecureTransport", ["false"], false],
  ["IpAddress", "aws:SourceIp", ["10.1.0.0/16"], true],
  ["IpAddress", "aws:SourceIp", ["10.1.2.3"], true],
  ["IpAddress", "aws:SourceIp", ["10.2.0.0/16", "2001:db8::/32"], false],
  ["IpAddress", "aws:SourceIp", ["10.1.0.0/99"], false],
  ["NotIpAddress", "aws:SourceIp", ["10.1.0.0/16"], false],
  ["NotIpAddress", "aws:SourceIp", ["192.168.0.0/16"], true],
  ["Null", "sts:ExternalId", ["false"], true],
  ["Null", "sts:ExternalId", ["true"], false],
  ["Null", "absent", ["true"], true],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["team"], true],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["owner"], false],
  ["ForAnyValue:StringEquals", "absent", ["team"], false],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "owner"], true],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["team"], false],
  ["ForAllValues:StringEquals", "absent", ["team"], true],
  ["ForAnyValue:StringNotEquals", "aws:TagKeys", ["team"], true],
  ["ForAllValues:StringNotLike", "aws:TagKeys", ["aws:*"], true],
])("%s on %s with %j", (operator, key, values, expected) => {
  it(`is ${expected}`, () => {
    expect(holds([{ operator, key, values }], CONTEXT)).toBe(expected);
  });
});

it("requires every condition of a statement", () => {
  const right = { operator: "StringEquals", key: "sts:ExternalId", values: ["abc-123"] };
  const wrong = { operator: "Bool", key: "aws:SecureTransport", values: ["false"] };
  expect(holds([right, wrong], CONTEXT)).toBe(false);
  expect(holds([right], CONTEXT)).toBe(true);
  expect(holds([], CONTEXT)).toBe(true);
});

it("accepts IAM's operators and no others", () => {
  for (const name of ["StringEquals", "ForAnyValue:StringLikeIfExists", "Null", "ArnNotLikeIfExists"]) {
    expect(isOperator(name)).toBe(true);
  }
  for (const name of [
    "StringMatches",
    "stringequals",
    "ForSomeValue:StringEquals",
    "NullIfExists",
    "constructor",
    "",
  ]) {
    expect(isOperator(name)).toBe(false);
  }
});
