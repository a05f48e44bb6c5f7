/** IAM's decisions: identity and session policies, trust policies, wildcards in actions and resources. */
import { describe, expect, it } from "vitest";
import { decideByIdentity, decideByTrust } from "./evaluate.ts";
import type { Decision } from "./evaluate.ts";
import { matches, matchesArn } from "./match.ts";
import { parsePolicy } from "./policy.ts";
import type { PolicyKind } from "./policy.ts";

const MODEL = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0";
const ASK = { action: "bedrock:InvokeModel", resource: MODEL, context: {} };

const policy = (...Statement: object[]): object => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource: string | string[] = "*"): object => ({
  Effect: "Allow",
  Action,
  Resource,
});
const deny = (Action: string, Resource = "*"): object => ({ Effect: "Deny", Action, Resource });

function decide(identity: object, session?: object): Decision {
  return decideByIdentity(
    {
      identity: [parsePolicy(identity, "identity")],
      session: session === undefined ? null : [parsePolicy(session, "session")],
    },
    ASK,
  );
}

const ALLOWED = { allowed: true };

describe("identity and session policies", () => {
  it.each<[string, object, object | undefined, object]>([
    ["an allow", policy(allow("bedrock:InvokeModel")), undefined, ALLOWED],
    [
      "nothing",
      policy(allow("bedrock:ListFoundationModels")),
      undefined,
      { allowed: false, explicit: false, layer: "identity-based policy" },
    ],
    [
      "a deny with an allow",
      policy(allow("*"), deny("bedrock:*")),
      undefined,
      { allowed: false, explicit: true, layer: "identity-based policy" },
    ],
    ["an action in another case", policy(allow("BEDROCK:invokemodel")), undefined, ALLOWED],
    ["an action with wildcards", policy(allow("bedrock:Invoke?odel")), undefined, ALLOWED],
    [
      "a resource with wildcards",
      policy(allow("bedrock:*", "arn:aws:bedrock:*::foundation-model/anthropic.*")),
      undefined,
      ALLOWED,
    ],
    [
      "a resource in another case",
      policy(allow("bedrock:*", MODEL.toUpperCase().replace("ARN:AWS:BEDROCK", "arn:aws:bedrock"))),
      undefined,
      { allowed: false },
    ],
    [
      "another region's resource",
      policy(allow("bedrock:*", MODEL.replace("east-1", "west-2"))),
      undefined,
      { allowed: false },
    ],
    ["NotAction", policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }), undefined, ALLOWED],
    [
      "NotAction that names it",
      policy({ Effect: "Allow", NotAction: "bedrock:*", Resource: "*" }),
      undefined,
      { allowed: false },
    ],
    [
      "NotResource",
      policy({ Effect: "Allow", Action: "*", NotResource: "arn:aws:s3:::*" }),
      undefined,
      ALLOWED,
    ],
    [
      "a deny on all but the model",
      policy(allow("*"), { Effect: "Deny", Action: "*", NotResource: MODEL }),
      undefined,
      ALLOWED,
    ],
    ["both allow", policy(allow("*")), policy(allow("bedrock:*")), ALLOWED],
    [
      "only the session",
      policy(allow("s3:*")),
      policy(allow("*")),
      { allowed: false, layer: "identity-based policy" },
    ],
    [
      "only the identity",
      policy(allow("*")),
      policy(allow("s3:*")),
      { allowed: false, explicit: false, layer: "session policy" },
    ],
    [
      "a session's deny",
      policy(allow("*")),
      policy(allow("*"), deny("bedrock:InvokeModel")),
      { allowed: false, explicit: true, layer: "session policy" },
    ],
  ])("%s", (_, identity, session, expected) => {
    expect(decide(identity, session)).toMatchObject(expected);
  });
});

const wants = (id: string): object => ({ Condition: { StringEquals: { "sts:ExternalId": id } } });

describe("trust policies", () => {
  const role = { account: "222222222222" };
  const may = [parsePolicy(policy(allow("sts:AssumeRole")), "identity")];
  const ask = {
    action: "sts:AssumeRole",
    resource: "arn:aws:iam::222222222222:role/r",
    context: { "sts:externalid": ["id"] },
  };
  const sessionArn = "arn:aws:sts::222222222222:assumed-role/app/s";
  const caller = { account: "222222222222", uniqueId: "AROAAPP", arn: sessionArn };
  const foreigner = {
    account: "111111111111",
    uniqueId: "AIDASIGNET",
    arn: "arn:aws:iam::111111111111:user/signet",
  };

  function trusts(
    principal: string | string[],
    who: typeof caller,
    given: { own?: typeof may; statement?: object; session?: object } = {},
  ): boolean {
    const statement = {
      Effect: "Allow",
      Principal: { AWS: principal },
      Action: "sts:AssumeRole",
      ...given.statement,
    };
    const session = given.session === undefined ? null : [parsePolicy(given.session, "session")];
    const policies = { identity: given.own ?? may, session };
    const trustPolicy = parsePolicy(policy(statement), "trust");
    return decideByTrust(trustPolicy, { ...who, policies }, { ask, account: role.account }).allowed;
  }

  const sparesCaller = (names: string[]): boolean => {
    const document = policy(
      { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" },
      { Effect: "Deny", NotPrincipal: { AWS: names }, Action: "sts:AssumeRole" },
    );
    const policies = { identity: may, session: null };
    return decideByTrust(
      parsePolicy(document, "trust"),
      { ...caller, policies },
      { ask, account: role.account },
    ).allowed;
  };
  it("across accounts both sides must allow", () => {
    expect(trusts("AIDASIGNET", foreigner)).toBe(true);
    expect(trusts("111111111111", foreigner)).toBe(true);
    expect(trusts("*", foreigner)).toBe(true);
    for (const principal of ["AIDASIGNET", "111111111111", "*"]) {
      expect(trusts(principal, foreigner, { own: [] })).toBe(false);
    }
    expect(trusts("333333333333", foreigner)).toBe(false);
  });

  it("within an account, naming the caller is enough, naming the account is not", () => {
    expect(trusts("AROAAPP", caller, { own: [] })).toBe(true);
    expect(trusts(sessionArn, caller, { own: [] })).toBe(true);
    expect(trusts("222222222222", caller, { own: [] })).toBe(false);
    expect(trusts("222222222222", caller)).toBe(true);
  });

  it("a session policy narrows grants to the role, not grants to the session", () => {
    const session = policy(allow("s3:*"));
    expect(trusts("AROAAPP", caller, { session })).toBe(false);
    expect(trusts(sessionArn, caller, { session })).toBe(true);
    expect(trusts("AROAAPP", caller, { own: [], session })).toBe(false);
    expect(trusts(sessionArn, caller, { own: [], session })).toBe(true);
  });

  it("an explicit deny on either side wins", () => {
    const own = [parsePolicy(policy(allow("*"), deny("sts:*")), "identity")];
    expect(trusts("AROAAPP", caller, { own })).toBe(false);
    const both = parsePolicy(
      policy(
        { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
        { Effect: "Deny", Principal: { AWS: "AIDASIGNET" }, Action: "sts:AssumeRole" },
      ),
      "trust",
    );
    const policies = { identity: may, session: null };
    expect(decideByTrust(both, { ...foreigner, policies }, { ask, account: role.account }).allowed).toBe(
      false,
    );
  });

  it("a deny on NotPrincipal exempts only a caller named with account and session", () => {
    expect(sparesCaller(["222222222222", "AROAAPP", sessionArn])).toBe(true);
    expect(sparesCaller(["222222222222", "AROAAPP"])).toBe(false);
    expect(sparesCaller(["333333333333"])).toBe(false);
  });

  it("conditions apply", () => {
    expect(trusts("AIDASIGNET", foreigner, { statement: wants("id") })).toBe(true);
    expect(trusts("AIDASIGNET", foreigner, { statement: wants("other") })).toBe(false);
  });
});

describe("malformed documents", () => {
  it.each<[string, PolicyKind, unknown]>([
    ["text that isn't JSON", "identity", "{"],
    ["no statement", "identity", { Version: "2012-10-17", Statement: [] }],
    ["an unknown version", "identity", { ...policy(allow("*")), Version: "2020-01-01" }],
    ["an unknown element", "identity", policy({ ...allow("*"), Actions: "*" })],
    ["an unknown effect", "identity", policy({ ...allow("*"), Effect: "allow" })],
    ["an action without a service", "identity", policy(allow("InvokeModel"))],
    ["no resource", "session", policy({ Effect: "Allow", Action: "*" })],
    ["a resource that isn't an ARN", "identity", policy(allow("*", "bucket"))],
    ["Action and NotAction", "identity", policy({ ...allow("*"), NotAction: "s3:*" })],
    ["a principal", "identity", policy({ ...allow("*"), Principal: "*" })],
    ["an unknown operator", "identity", policy({ ...allow("*"), Condition: { Equals: { a: "b" } } })],
    ["a trust policy without principal", "trust", policy({ Effect: "Allow", Action: "sts:AssumeRole" })],
    ["a trust policy with a resource", "trust", policy({ ...allow("sts:AssumeRole"), Principal: "*" })],
    ["a trust policy on another service", "trust", policy({ Effect: "Allow", Action: "*", Principal: "*" })],
    [
      "NotPrincipal with Allow",
      "trust",
      policy({ Effect: "Allow", Action: "sts:AssumeRole", NotPrincipal: { AWS: "*" } }),
    ],
  ])("refuses %s", (_, kind, document) => {
    expect(() => parsePolicy(document, kind)).toThrow(
      expect.objectContaining({ type: "MalformedPolicyDocument" }),
    );
  });
});

describe("wildcards", () => {
  it.each<[string, string, boolean]>([
    ["*", "", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbbd", false],
    ["a**c", "ac", true],
    ["?", "", false],
    ["a*b*c*d", "a-b-c-b-c-d", true],
    ["${team}/*", "blue*/x", true],
    ["${team}/*", "bluexx/x", false],
    ["${none}", "", false],
    ["${*}", "*", true],
    ["${*}", "x", false],
    ["a.c", "abc", false],
  ])("%s against %s is %s", (pattern, value, expected) => {
    expect(matches(pattern, value, { team: ["blue*"] })).toBe(expected);
  });

  it("match each field of an ARN separately, and complete a short pattern", () => {
    expect(matchesArn("arn:aws:bedrock:*", MODEL, {})).toBe(true);
    expect(matchesArn("arn:aws:bedrock:*:*:*", MODEL, {})).toBe(true);
    expect(matchesArn("arn:aws:s3:*", MODEL, {})).toBe(false);
    expect(matchesArn("arn:aws:*:foundation-model/*", MODEL, {})).toBe(false);
  });

  it("stay fast on patterns that make backtracking explode (T34)", () => {
    expect(matches("*a".repeat(500), "a".repeat(499), {})).toBe(false);
  });
});
