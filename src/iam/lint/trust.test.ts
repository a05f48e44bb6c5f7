/** Trust policies written by hand, each with one loophole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideByTrust } from "../../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../../sandbox/iam/policy.ts";
import { GOLDEN, PLAIN } from "../render/fixtures.ts";
import { codes, ID, SIGNET, trust } from "./fixtures.ts";
import { lintPolicy } from "./lint.ts";

describe("a trust policy", () => {
  const condition = (operator: string, value: unknown, key = "sts:ExternalId") => ({
    Condition: { [operator]: { [key]: value } },
  });
  const deny = (Condition: object): Record<string, unknown> => ({
    Effect: "Deny",
    Principal: "*",
    Action: "sts:AssumeRole",
    Condition,
  });
  const at = (operator: string) => `Statement[0].Condition.${operator}`;

  it.each<[string, object]>([
    ["plain", trust({})],
    ["with StringLike of the id itself", trust(condition("StringLike", ID))],
    ["with the condition key in another case", trust(condition("StringEquals", [ID], "STS:externalid"))],
    [
      "with more conditions",
      trust({ Condition: { StringEquals: { "sts:ExternalId": ID }, Null: { "sts:ExternalId": "false" } } }),
    ],
    [
      "of the account under Signet's ARN",
      trust({
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Condition: { StringEquals: { "sts:ExternalId": ID }, ArnEquals: { "aws:PrincipalArn": SIGNET } },
      }),
    ],
    [
      "with a Deny of any width",
      trust(
        {},
        {
          Effect: "Deny",
          Principal: "*",
          Action: "*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ),
    ],
    [
      "with a Deny of every other External ID",
      trust({ Condition: undefined }, deny({ StringNotEquals: { "sts:ExternalId": ID } })),
    ],
    [
      "with a Deny of other External IDs, and of none",
      trust(
        { Condition: { Bool: { "aws:SecureTransport": "true" } } },
        deny({ "ForAnyValue:StringNotEquals": { "sts:ExternalId": [ID] } }),
        deny({ Null: { "sts:ExternalId": "true" } }),
      ),
    ],
    [
      "with a Deny of those that are sent, and of none",
      trust(
        { Condition: undefined },
        deny({ StringNotEquals: { "sts:ExternalId": ID }, Null: { "sts:ExternalId": "false" } }),
        deny({ Null: { "sts:ExternalId": true } }),
      ),
    ],
  ])("has no findings if narrow enough: %s", (_name, document) => {
    expect(codes(document)).toEqual([]);
  });

  it.each<[string, Record<string, unknown>[]]>([
    ["lets requests without one pass", [deny({ "ForAnyValue:StringNotEquals": { "sts:ExternalId": ID } })]],
    [
      "denies none that is sent",
      [deny({ StringNotEquals: { "sts:ExternalId": ID }, Null: { "sts:ExternalId": "true" } })],
    ],
    ["lets every one pass", [deny({ Null: { "sts:ExternalId": "true" } })]],
    ["accepts another one too", [deny({ StringNotEquals: { "sts:ExternalId": [ID, "sgx-other"] } })]],
    ["accepts any that begins so", [deny({ StringNotLike: { "sts:ExternalId": "sgx-*" } })]],
    [
      "is for some requests only",
      [deny({ StringNotEquals: { "sts:ExternalId": ID }, Bool: { "aws:ViaAWSService": "true" } })],
    ],
    [
      "is for others",
      [{ ...deny({ StringNotEquals: { "sts:ExternalId": ID } }), Principal: { AWS: "999999999999" } }],
    ],
    [
      "is of another action",
      [{ ...deny({ StringNotEquals: { "sts:ExternalId": ID } }), Action: "sts:TagSession" }],
    ],
  ])("requires no External ID if its Deny %s", (_name, denies) => {
    expect(codes(trust({ Condition: undefined }, ...denies))).toEqual([
      "external_id_missing at Statement[0]",
    ]);
  });

  it("may deny everyone outside the organization and the networks, in place of conditions", () => {
    const delegation = {
      ...PLAIN,
      trust: { ...PLAIN.trust, principalOrgId: "o-a1b2c3d4e5", sourceIps: ["203.0.113.0/24"] },
    };
    const outside = deny({ StringNotEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } });
    const elsewhere = deny({ NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24"] } });
    expect(codes(trust({}, outside, elsewhere), delegation)).toEqual([]);
    expect(codes(trust({}, outside), delegation)).toEqual(["trust_condition_missing at Statement[0]"]);
  });

  it.each<[string, object]>([
    ["principal_wildcard at Statement[0].Principal", trust({ Principal: "*" })],
    ["principal_wildcard at Statement[0].Principal.AWS[1]", trust({ Principal: { AWS: [SIGNET, "*"] } })],
    [
      "principal_account at Statement[0].Principal.AWS",
      trust({ Principal: { AWS: "arn:aws:iam::123456789012:root" } }),
    ],
    ["principal_account at Statement[0].Principal.AWS", trust({ Principal: { AWS: "123456789012" } })],
    [
      "principal_account at Statement[0].Principal.AWS",
      trust({
        Principal: { AWS: "123456789012" },
        Condition: {
          StringEquals: { "sts:ExternalId": ID },
          ArnLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/*" },
        },
      }),
    ],
    [
      "principal_account at Statement[0].Principal.AWS",
      trust({
        Principal: { AWS: "123456789012" },
        Condition: {
          StringEquals: { "sts:ExternalId": ID },
          ArnEqualsIfExists: { "aws:PrincipalArn": SIGNET },
        },
      }),
    ],
    [
      "principal_other at Statement[0].Principal.AWS[0]",
      trust({ Principal: { AWS: ["arn:aws:iam::999999999999:role/x", SIGNET] } }),
    ],
    [
      "principal_other at Statement[0].Principal.Service",
      trust({ Principal: { Service: "ec2.amazonaws.com" } }),
    ],
    ["principal_other at Statement[0].Principal.AWS", trust({ Principal: { AWS: "AROAEXAMPLEEXAMPLE" } })],
    [
      "not_principal at Statement[0].NotPrincipal",
      trust({ Principal: undefined, NotPrincipal: { AWS: SIGNET } }),
    ],
    ["action_wildcard at Statement[0].Action", trust({ Action: "sts:*" })],
    ["action_wildcard at Statement[0].Action", trust({ Action: "*" })],
    ["action_wildcard at Statement[0].Action[1]", trust({ Action: ["sts:AssumeRole", "sts:TagS?ssion"] })],
    ["action_beyond at Statement[0].Action[1]", trust({ Action: ["sts:AssumeRole", "sts:TagSession"] })],
    [
      "action_beyond at Statement[1].Action",
      trust({}, { Effect: "Allow", Principal: { AWS: SIGNET }, Action: "sts:AssumeRoleWithSAML" }),
    ],
    [
      "not_action at Statement[0].NotAction",
      trust({ Action: undefined, NotAction: "sts:GetFederationToken" }),
    ],
    ["external_id_missing at Statement[0]", trust({ Condition: undefined })],
    ["external_id_missing at Statement[0]", trust(condition("StringEquals", ID, "sts:RoleSessionName"))],
    [
      "external_id_missing at Statement[1]",
      trust({}, { Effect: "Allow", Principal: { AWS: SIGNET }, Action: "STS:assumerole" }),
    ],
    [`external_id_wildcard at ${at("StringLike")}`, trust(condition("StringLike", "*"))],
    [`external_id_wildcard at ${at("StringLike")}`, trust(condition("StringLike", `${ID.slice(0, 8)}*`))],
    [
      `external_id_wildcard at ${at("StringLike")}`,
      trust(condition("StringLike", [ID, `${ID.slice(0, -1)}?`])),
    ],
    [`external_id_variable at ${at("StringEquals")}`, trust(condition("StringEquals", "${sts:ExternalId}"))],
    [`external_id_variable at ${at("StringLike")}`, trust(condition("StringLike", "${aws:username}"))],
    [`external_id_if_exists at ${at("StringEqualsIfExists")}`, trust(condition("StringEqualsIfExists", ID))],
    [
      `external_id_set_operator at ${at("ForAllValues:StringEquals")}`,
      trust(condition("ForAllValues:StringEquals", ID)),
    ],
    [
      `external_id_set_operator at ${at("ForAnyValue:StringEquals")}`,
      trust(condition("ForAnyValue:StringEquals", ID)),
    ],
    [
      `external_id_ignore_case at ${at("StringEqualsIgnoreCase")}`,
      trust(condition("StringEqualsIgnoreCase", ID)),
    ],
    [`external_id_null at ${at("Null")}`, trust(condition("Null", "false"))],
    [`external_id_null at ${at("Null")}`, trust(condition("Null", true))],
    [`external_id_negated at ${at("StringNotEquals")}`, trust(condition("StringNotEquals", "x"))],
    [`external_id_negated at ${at("StringNotLike")}`, trust(condition("StringNotLike", "x*"))],
    [`external_id_extra at ${at("StringEquals")}`, trust(condition("StringEquals", [ID, "another"]))],
    [`external_id_extra at ${at("StringEquals")}`, trust(condition("StringEquals", "another"))],
    [`external_id_operator at ${at("NumericEquals")}`, trust(condition("NumericEquals", "12"))],
  ])("has one finding: %s", (expected, document) => {
    expect(codes(document)).toEqual([expected]);
  });

  it("must have the delegation's other conditions besides the External ID", () => {
    const { gov } = GOLDEN;
    const demanded = { StringEquals: { "sts:ExternalId": gov.externalId } };
    const document = trust({ Principal: { AWS: gov.trust.principal }, Condition: demanded });
    expect(lintPolicy(document, gov).map(({ code, message }) => [code, /aws:\w+/.exec(message)![0]])).toEqual(
      [
        ["trust_condition_missing", "aws:PrincipalOrgID"],
        ["trust_condition_missing", "aws:SourceVpc"],
        ["trust_condition_missing", "aws:SourceIp"],
      ],
    );
  });

  it("may allow session tags and a source identity if the delegation has them", () => {
    const document = trust({ Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] });
    expect(codes(document, GOLDEN.tags)).toEqual([]);
  });

  it("has a finding if it still accepts the External ID from before a rotation", () => {
    const rotated = { ...PLAIN, externalId: "sgx-new-one", previousExternalId: ID };
    const [finding, ...more] = lintPolicy(trust(condition("StringEquals", ["sgx-new-one", ID])), rotated);
    expect(finding).toMatchObject({ code: "external_id_extra", severity: "broader" });
    expect(finding?.message).toContain("before the rotation");
    expect(more).toEqual([]);
  });

  it("is not compared with an unknown identity", () => {
    const { principal: _, ...unknown } = PLAIN.trust;
    const delegation = { ...PLAIN, trust: unknown };
    expect(codes(trust({}), delegation)).toEqual([]);
    expect(codes(trust({ Principal: "*" }), delegation)).toEqual([
      "principal_wildcard at Statement[0].Principal",
    ]);
  });

  it("without findings allows nobody without the right External ID, by the sandbox's evaluator (T8)", () => {
    const names = "StringEquals StringLike StringEqualsIgnoreCase StringNotEquals StringNotLike Null Bool";
    const operators = fc.constantFrom(...`${names} ArnEquals ArnLike ArnNotLike NumericEquals`.split(" "));
    const operator = fc
      .tuple(
        fc.constantFrom("", "", "", "ForAnyValue:", "ForAllValues:"),
        operators,
        fc.constantFrom("", "", "", "IfExists"),
      )
      .map((parts) => parts.join(""));
    const values = fc.array(
      fc.constantFrom(
        ID,
        ID.toUpperCase(),
        "*",
        `${ID.slice(0, -1)}?`,
        "other",
        "true",
        "false",
        "${sts:ExternalId}",
      ),
      { minLength: 1, maxLength: 2 },
    );
    const key = fc.constantFrom("sts:ExternalId", "STS:EXTERNALID", "sts:RoleSessionName");
    const conditions = fc.dictionary(operator, fc.dictionary(key, values, { minKeys: 1, maxKeys: 2 }), {
      maxKeys: 3,
    });
    let clean = 0;
    fc.assert(
      fc.property(conditions, fc.array(conditions, { maxLength: 2 }), (Condition, denied) => {
        const document = trust({ Condition }, ...denied.map(deny));
        if (lintPolicy(document, PLAIN).length > 0) return;
        clean++;
        for (const sent of [undefined, "other", ID.toUpperCase(), `${ID.slice(0, -1)}x`])
          expect(assumed(document, sent), JSON.stringify([Condition, denied, sent])).toBe(false);
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(clean).toBeGreaterThan(50);
  });
});

/** Whether the sandbox's IAM lets Signet assume the role, with an External ID or none. */
function assumed(document: object, externalId: string | undefined): boolean {
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  const caller = {
    account: "123456789012",
    uniqueId: SIGNET,
    arn: SIGNET,
    policies: { identity: [parsePolicy(everything, "identity")], session: null },
  };
  const context = {
    "aws:principalarn": [SIGNET],
    "sts:rolesessionname": ["signet-x"],
    ...(externalId === undefined ? {} : { "sts:externalid": [externalId] }),
  };
  const ask = { action: "sts:AssumeRole", resource: PLAIN.roleArn!, context };
  return decideByTrust(parsePolicy(document, "trust"), caller, { ask, account: PLAIN.account }).allowed;
}
