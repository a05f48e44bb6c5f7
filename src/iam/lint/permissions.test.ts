/** Permissions written by hand, each with one loophole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../../sandbox/iam/evaluate.ts";
import type { Context } from "../../../sandbox/iam/match.ts";
import { parsePolicy } from "../../../sandbox/iam/policy.ts";
import type { PolicyDocument } from "../document.ts";
import { PLAIN, SCENARIOS } from "../render/fixtures.ts";
import { rolePolicy } from "../role-policy.ts";
import { codes, MODELS, permissions, PROFILE, PROJECT, through } from "./fixtures.ts";
import { lintPolicy } from "./lint.ts";

describe("permissions without the project of the calls", () => {
  const INVOKES = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
  const without = (...statements: object[]) => ({ Version: "2012-10-17", Statement: statements });
  const allow = (Resource: string | string[], Action: string | string[] = INVOKES, more = {}) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...more,
  });

  it("have a warning for each action that they allow, with the ARN to add", () => {
    const findings = lintPolicy(without(allow(PROFILE)), PLAIN);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["project_missing", "warning"],
      ["project_missing", "warning"],
    ]);
    expect(findings[0]?.fix).toBe(
      `Add ${PROJECT} to the resources of the statement that allows bedrock:InvokeModel.`,
    );
  });

  it.each<[string, string[], object]>([
    ["it is named", [], without(allow([PROFILE, PROJECT]))],
    [
      "it is named for one action",
      ["InvokeModelWithResponseStream"],
      without(allow(PROFILE), allow(PROJECT, INVOKES[0])),
    ],
    [
      "it is named under a condition on what is called",
      ["InvokeModel"],
      without(
        allow([PROFILE, PROJECT], INVOKES[0], {
          Condition: { ArnLike: { "bedrock:InferenceProfileArn": PROFILE } },
        }),
      ),
    ],
    ["nothing is invoked", [], without(allow(MODELS, "bedrock:CountTokens"))],
  ])("have none, or one, if %s", (_name, actions, document) => {
    const missing = lintPolicy(document, PLAIN).filter(({ code }) => code === "project_missing");
    expect(missing.map(({ message }) => /bedrock:(\w+)/.exec(message)?.[1])).toEqual(actions);
  });

  it("are for the project that the delegation picked", () => {
    const picked = { ...PLAIN, role: { ...PLAIN.role, project: "proj_a1" } };
    expect(lintPolicy(rolePolicy(picked), picked)).toEqual([]);
    expect(codes(rolePolicy(PLAIN), picked)).toContain("project_missing at Policy");
  });
});

describe("permissions", () => {
  const titan = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0";

  it.each<[string, object]>([
    ["plain", permissions({})],
    ["of one of the granted profiles", permissions({ Resource: PROFILE.replace("*", "haiku-4-5") })],
    ["of the models through the profile", permissions(through(PROFILE))],
    [
      "of the models in one region, through one profile",
      permissions({
        ...through([PROFILE.replace("*", "haiku-4-5")], "StringEquals"),
        Resource: "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-haiku-4-5",
      }),
    ],
    [
      "of CountTokens in the region",
      permissions({ Action: "bedrock:CountTokens", Resource: MODELS.replace("us-*", "us-east-1") }),
    ],
    [
      "of CountTokens with the others",
      permissions({ Action: ["bedrock:InvokeModel", "bedrock:CountTokens"] }),
    ],
    [
      "of the models in the regions that a condition names, through the profile",
      permissions({
        Resource: MODELS.replace("us-*", "*"),
        Condition: {
          ArnLike: { "bedrock:InferenceProfileArn": PROFILE },
          StringEquals: { "aws:RequestedRegion": ["us-east-1", "us-west-2"] },
        },
      }),
    ],
    [
      "of the profile in any region, under a condition",
      permissions({
        Resource: PROFILE.replace("us-east-1", "*"),
        Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
      }),
    ],
    ["with a Deny of any width", permissions({}, { Effect: "Deny", NotAction: "bedrock:*", Resource: "*" })],
  ])("have no findings if narrow enough: %s", (_name, document) => {
    expect(codes(document)).toEqual([]);
  });

  it.each<[string, object]>([
    ["action_wildcard at Statement[0].Action", permissions({ Action: "bedrock:*" })],
    [
      "action_wildcard at Statement[0].Action[1]",
      permissions({ Action: ["bedrock:InvokeModel", "bedrock:Invoke*"] }),
    ],
    [
      "action_beyond at Statement[0].Action",
      permissions({ Action: "bedrock:ApplyGuardrail", Resource: "*" }),
    ],
    [
      "action_beyond at Statement[0].Action",
      permissions({ Action: "bedrock:DeleteGuardrail", Resource: "*" }),
    ],
    [
      "action_outside_bedrock at Statement[1].Action",
      permissions({}, { Effect: "Allow", Action: "iam:PassRole", Resource: "*" }),
    ],
    [
      "action_outside_bedrock at Statement[1].Action",
      permissions({}, { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }),
    ],
    [
      "action_outside_bedrock at Statement[1].Action",
      permissions({}, { Effect: "Allow", Action: "s3:PutObject", Resource: "*" }),
    ],
    [
      "action_marketplace at Statement[1].Action",
      permissions({}, { Effect: "Allow", Action: "aws-marketplace:Subscribe", Resource: "*" }),
    ],
    [
      "region_beyond at Statement[0].Resource",
      permissions({
        Resource: PROFILE.replace("us-east-1", "*"),
        Condition: { StringEquals: { "aws:RequestedRegion": ["us-east-1", "eu-west-1"] } },
      }),
    ],
    [
      "region_beyond at Statement[0].Resource",
      permissions({
        Resource: PROFILE.replace("us-east-1", "*"),
        Condition: { StringEqualsIfExists: { "aws:RequestedRegion": "us-east-1" } },
      }),
    ],
    ["not_action at Statement[0].NotAction", permissions({ Action: undefined, NotAction: "iam:*" })],
    ["not_resource at Statement[0].NotResource", permissions({ Resource: undefined, NotResource: titan })],
    ["resource_wildcard at Statement[0].Resource", permissions({ Resource: "*" })],
    [
      "resource_wildcard at Statement[0].Resource[1]",
      permissions({ Resource: [PROFILE, "arn:aws:bedrock:*"] }),
    ],
    [
      "resource_wildcard at Statement[0].Resource",
      permissions({ Resource: "arn:aws:bedrock:us-east-1:111122223333:inference-profile/*" }),
    ],
    [
      "resource_wildcard at Statement[0].Resource",
      permissions({ ...through(PROFILE), Resource: "arn:aws:bedrock:*::foundation-model/*" }),
    ],
    ["model_beyond at Statement[0].Resource", permissions({ Resource: titan })],
    [
      "model_beyond at Statement[0].Resource",
      permissions({ Resource: "arn:aws:bedrock:us-east-1:111122223333:imported-model/x" }),
    ],
    [
      "region_beyond at Statement[0].Resource",
      permissions({ Resource: PROFILE.replace("us-east-1", "eu-west-1") }),
    ],
    [
      "region_beyond at Statement[0].Resource",
      permissions({ ...through(PROFILE), Resource: MODELS.replace("us-*", "*") }),
    ],
    [
      "account_beyond at Statement[0].Resource",
      permissions({ Resource: PROFILE.replace("111122223333", "999999999999") }),
    ],
    [
      "account_beyond at Statement[0].Resource",
      permissions({ Resource: PROFILE.replace("111122223333", "${aws:PrincipalAccount}") }),
    ],
    ["resource_beyond at Statement[0].Resource", permissions({ Resource: "arn:aws:s3:::bucket/*" })],
    ["condition_missing at Statement[0].Resource", permissions({ Resource: MODELS })],
    ["condition_missing at Statement[0].Resource", permissions(through("*"))],
    ["condition_missing at Statement[0].Resource", permissions(through(PROFILE, "ArnLikeIfExists"))],
    ["condition_missing at Statement[0].Resource", permissions(through(PROFILE, "ForAllValues:ArnLike"))],
    ["condition_missing at Statement[0].Resource", permissions(through(PROFILE.replace("us.", "*.")))],
    ["condition_missing at Statement[0].Resource", permissions(through("x", "ArnNotLike"))],
    ["condition_missing at Statement[0].Resource", permissions(through("false", "Null"))],
  ])("have one finding: %s", (expected, document) => {
    expect(codes(document)).toEqual([expected]);
  });

  it("must limit a global profile's models to requests without a region", () => {
    const wide = rolePolicy(SCENARIOS.global);
    for (const statement of wide.Statement) delete statement.Condition?.["StringEquals"];
    const findings = lintPolicy(wide, SCENARIOS.global);
    expect(findings.map(({ code }) => code)).toEqual(["condition_missing"]);
    expect(findings[0]?.message).toContain("aws:RequestedRegion");
  });

  it.each<[string, (policy: PolicyDocument) => void]>([
    ["without its Deny", (policy) => policy.Statement.pop()],
    [
      "with another version",
      (policy) => change(policy, { StringNotLike: { "bedrock:GuardrailIdentifier": ["*"] } }),
    ],
    [
      "with a Deny that requires more",
      (policy) =>
        change(policy, { ...policy.Statement.at(-1)!.Condition, Bool: { "aws:SecureTransport": "true" } }),
    ],
    ["with a Deny of half of it", (policy) => (policy.Statement.at(-1)!.Action = "bedrock:InvokeModel")],
  ])("must deny inference without a required guardrail: %s", (_name, spoil) => {
    const policy = rolePolicy(SCENARIOS.full);
    spoil(policy);
    expect(codes(policy, SCENARIOS.full)).toEqual(["guardrail_not_required at Policy"]);
  });

  it.each<[string, boolean, object]>([
    ["of every resource", true, { Resource: "*" }],
    [
      "of every foundation model, behind profiles too",
      true,
      { Resource: "arn:aws:bedrock:*::foundation-model/*" },
    ],
    ["of the models in one region", false, { Resource: "arn:aws:bedrock:us-east-1::foundation-model/*" }],
    ["of all but a model", false, { Resource: undefined, NotResource: MODELS }],
    [
      "by ArnNotLike",
      true,
      {
        Condition: {
          ArnNotLike: {
            "bedrock:GuardrailIdentifier": "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1:3",
          },
        },
      },
    ],
  ])("may deny inference without the guardrail by a statement %s: %s", (_name, expected, own) => {
    const guarded = { ...PLAIN, role: { ...PLAIN.role, requiredGuardrail: "gr1:3" } };
    const policy = rolePolicy(guarded);
    const { NotResource, ...deny } = policy.Statement.pop()!;
    const Statement = [...policy.Statement, { NotResource, ...deny, ...own }];
    if ("Resource" in own && own.Resource !== undefined) delete Statement.at(-1)!.NotResource;
    const found = codes(JSON.stringify({ ...policy, Statement }), guarded);
    expect(found).toEqual(expected ? [] : ["guardrail_not_required at Policy"]);
  });

  function change(policy: PolicyDocument, Condition: PolicyDocument["Statement"][number]["Condition"]): void {
    policy.Statement.at(-1)!.Condition = Condition!;
  }
});

describe("permissions without findings", () => {
  const actions = ["InvokeModel", "InvokeModelWithResponseStream", "CountTokens", "GetInferenceProfile", "*"];
  const anyResource = fc
    .tuple(
      fc.constantFrom("us-east-1", "us-west-2", "us-*", "eu-west-1", "*", ""),
      fc.constantFrom("", "111122223333", "*"),
      fc.constantFrom("foundation-model/", "inference-profile/us.", "foundation-model/*"),
      fc.constantFrom("anthropic.claude-*", "anthropic.claude-x", "anthropic.*", "*"),
    )
    .map(([region, account, kind, id]) => `arn:aws:bedrock:${region}:${account}:${kind}${id}`);
  const needed = fc.constantFrom(PROFILE, MODELS, MODELS.replace("us-*", "us-east-1"));
  const statement = fc.record({
    Effect: fc.constant("Allow"),
    Action: fc.constantFrom(...actions).map((name) => `bedrock:${name}`),
    Resource: fc.array(fc.oneof(needed, anyResource), { minLength: 1, maxLength: 2 }),
    Condition: fc.constantFrom(
      {},
      { ArnLike: { "bedrock:InferenceProfileArn": PROFILE } },
      { ArnLikeIfExists: { "bedrock:InferenceProfileArn": PROFILE } },
      { StringLike: { "bedrock:inferenceprofilearn": "*" } },
      { StringEquals: { "bedrock:InferenceProfileArn": PROFILE.replace("*", "x") } },
    ),
  });
  const asks = ["us-east-1", "us-west-2", "eu-west-1", ""].flatMap((region) =>
    [
      "foundation-model/anthropic.claude-x",
      "foundation-model/amazon.y",
      "inference-profile/us.anthropic.claude-x",
    ].flatMap((name) =>
      ["", "111122223333"].map((account) => `arn:aws:bedrock:${region}:${account}:${name}`),
    ),
  );
  const contexts = [
    {},
    ...["x", "y"].map((id) => ({ "bedrock:inferenceprofilearn": [PROFILE.replace("*", id)] })),
    { "bedrock:inferenceprofilearn": ["other"] },
  ];

  /** Bedrock never asks for these. */
  const meaningless = [
    ["CountTokens", "inference-profile"],
    ["GetInferenceProfile", "foundation-model"],
  ] as const;

  function allows(document: object, action: string, on: { resource: string; context: Context }): boolean {
    const policies = { identity: [parsePolicy(document, "identity")], session: null };
    return decideByIdentity(policies, { action: `bedrock:${action}`, ...on }).allowed;
  }

  it("allow nothing that the compiled policy doesn't, by the sandbox's evaluator", () => {
    const compiled = rolePolicy(PLAIN);
    const calls = [...actions.slice(0, -1), "DeleteGuardrail"].flatMap((action) =>
      asks
        .filter((ask) => !meaningless.some(([name, kind]) => name === action && ask.includes(kind)))
        .flatMap((ask) => contexts.map((context) => [action, { resource: ask, context }] as const)),
    );
    let clean = 0;
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 2 }), (Statement) => {
        const document = { Version: "2012-10-17", Statement };
        if (lintPolicy(document, PLAIN).length > 0) return;
        clean++;
        const wider = calls.filter(
          ([action, on]) => allows(document, action, on) && !allows(compiled, action, on),
        );
        expect(wider, JSON.stringify(document)).toEqual([]);
      }),
      { numRuns: 4000, seed: 11 },
    );
    expect(clean).toBeGreaterThan(50);
  });
});
