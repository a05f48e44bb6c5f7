import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import type { Context } from "../../sandbox/iam/match.ts";
import { parsePolicy, type Policy } from "../../sandbox/iam/policy.ts";
import { MODELS, PROFILES } from "../bedrock/catalogue.ts";
import { DEFAULT_ROLE, type Grant } from "../core/delegation.ts";
import { foundationModelOf, isProfileId, matchesPattern, type Place } from "../core/model.ts";
import { DEFAULT_OPERATIONS } from "../registry/grants.ts";
import { POLICY_LIMITS, type Statement } from "./document.ts";
import { sessionLayers, SessionPolicyTooLarge, sessionPolicy } from "./session-policy.ts";

const PLACE = { partition: "aws", region: "us-east-1", account: "123456789012" };

const PROJECT = "arn:aws:bedrock:*:123456789012:project/default";

function statements(grant: Partial<Grant>) {
  const full: Grant = {
    operations: ["Converse"],
    models: ["*"],
    regions: ["us-east-1"],
    settings: [],
    ...grant,
  };
  return JSON.parse(sessionPolicy([full], PLACE, DEFAULT_ROLE)).Statement;
}

describe("the session policy", () => {
  it("allows a foundation model in the granted region only", () => {
    expect(statements({ models: ["amazon.titan-embed-text-v2:0"], operations: ["InvokeModel"] })).toEqual([
      {
        Effect: "Allow",
        Action: ["bedrock:InvokeModel"],
        Resource: ["arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0", PROJECT],
      },
    ]);
  });

  it("allows a profile's model through the profile only", () => {
    const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    expect(statements({ models: ["us.amazon.nova-lite-v1:0"] })).toEqual([
      { Effect: "Allow", Action: ["bedrock:InvokeModel"], Resource: [profile, PROJECT] },
      {
        Effect: "Allow",
        Action: ["bedrock:InvokeModel"],
        Resource: ["arn:aws:bedrock:*::foundation-model/*"],
        Condition: { ArnLike: { "bedrock:InferenceProfileArn": "arn:aws:bedrock:*:123456789012:*" } },
      },
    ]);
  });

  it("allows the streaming action only if a streaming operation is granted", () => {
    const actions = (operations: Grant["operations"]) => statements({ operations })[0].Action;
    expect(actions(["Converse", "InvokeModel"])).toEqual(["bedrock:InvokeModel"]);
    expect(actions(["ConverseStream"])).toEqual(["bedrock:InvokeModelWithResponseStream"]);
  });

  it("allows guardrails and discovery only their own actions", () => {
    expect(
      statements({ operations: ["ApplyGuardrail", "ListInferenceProfiles"], models: ["guardrail/abc"] }),
    ).toEqual([
      {
        Effect: "Allow",
        Action: ["bedrock:ApplyGuardrail"],
        Resource: ["arn:aws:bedrock:us-east-1:123456789012:guardrail/abc"],
      },
      { Effect: "Allow", Action: ["bedrock:ListInferenceProfiles"], Resource: "*" },
    ]);
  });

  it("puts models of one kind into one statement, and throws if they don't fit", () => {
    const models = (count: number) =>
      Array.from({ length: count }, (_, i) => `amazon.model-number-${i}-v1:0`);
    expect(statements({ models: models(20) })).toHaveLength(1);
    expect(() => statements({ models: models(60) })).toThrow(SessionPolicyTooLarge);
    expect(JSON.stringify(statements({ models: models(20) })).length).toBeLessThan(POLICY_LIMITS.session);
  });

  it("counts tokens of foundation models only, and names each resource once", () => {
    const found = statements({
      operations: [...DEFAULT_OPERATIONS],
      models: [
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "us.anthropic.claude-haiku-*",
      ],
    }) as Statement[];
    const counted = found
      .filter(({ Action }) => Action.includes("bedrock:CountTokens"))
      .flatMap(({ Resource = [] }) => Resource);
    expect(counted).not.toEqual([]);
    expect(counted.filter((resource) => !resource.includes("::foundation-model/"))).toEqual([]);
    const resources = found.flatMap(({ Resource = [] }) => Resource);
    expect(new Set(resources).size).toBe(resources.length);
  });

  it("lets a guarded call apply its guardrail if the guardrail's header is granted", () => {
    const guarded = statements({
      models: ["us.amazon.nova-lite-v1:0"],
      settings: ["guardrailConfig"],
    });
    expect(guarded.at(-2)).toEqual({
      Effect: "Allow",
      Action: ["bedrock:ApplyGuardrail"],
      Resource: [
        "arn:aws:bedrock:us-east-1:123456789012:guardrail/*",
        "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/*",
      ],
    });
  });

  it("lets a job write where the role may, and only if jobs are granted", () => {
    const role = { ...DEFAULT_ROLE, asyncOutput: "answers/reel/" };
    const outputs = (operations: Grant["operations"]) => {
      const granted = { operations, models: ["amazon.nova-reel-v1:0"], regions: ["us-east-1"], settings: [] };
      const document = JSON.parse(sessionPolicy([granted], PLACE, role)) as { Statement: Statement[] };
      return document.Statement.filter(({ Action }) => Action.includes("s3:PutObject"));
    };
    expect(outputs(["StartAsyncInvoke"]).map(({ Resource }) => Resource)).toEqual([
      ["arn:aws:s3:::answers/reel/*"],
    ]);
    expect(outputs(["InvokeModel"])).toEqual([]);
  });

  it("has room for all models and operations in twenty regions", () => {
    const regions = ["us", "eu", "ap", "ca", "sa"].flatMap((area) =>
      ["east", "west", "north", "south"].map((side) => `${area}-${side}-1`),
    );
    expect(() => statements({ models: ["*"], operations: ["*"], regions })).not.toThrow();
  });

  it("has room for twelve profiles by their exact ARNs, with the default operations", () => {
    const models = PROFILES.filter(({ geography }) => geography === "us")
      .map(({ id }) => id)
      .toSorted((a, b) => b.length - a.length)
      .slice(0, 12);
    const found = statements({ operations: [...DEFAULT_OPERATIONS], models }) as Statement[];
    const resources = found.flatMap(({ Resource = [] }) => Resource);
    const arns = models.map((id) => `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${id}`);
    expect(resources).toEqual(expect.arrayContaining(arns));
    expect(resources.filter((resource) => resource.includes("inference-profile/"))).toHaveLength(12);
  });

  it("has room for three geographies of a vendor in three regions, exactly", () => {
    const regions = ["us-east-1", "us-west-2", "eu-west-1"];
    const models = ["us.anthropic.*", "eu.anthropic.*", "global.anthropic.*"];
    const found = statements({ operations: [...DEFAULT_OPERATIONS], models, regions }) as Statement[];
    const resources = found.flatMap(({ Resource = [] }) => Resource);
    expect(
      resources.filter((resource) => resource.includes(":123456789012:inference-profile/")),
    ).toHaveLength(9);
  });

  it("is split into layers where one has no room, each within STS's limit", () => {
    const models = PROFILES.filter(({ geography }) => geography === "us")
      .map(({ id }) => id)
      .slice(0, 40);
    const many: Grant = { operations: [...DEFAULT_OPERATIONS], models, regions: ["us-east-1"], settings: [] };
    expect(() => sessionLayers([many], PLACE, DEFAULT_ROLE)).toThrow("--scoped-credentials");
    const [layers] = sessionLayers([many], PLACE, { ...DEFAULT_ROLE, scopedCredentials: true });
    expect(layers.length).toBeGreaterThan(1);
    expect(layers.length).toBeLessThanOrEqual(4);
    const policies = layers.map((text) => parsePolicy(text, "session"));
    const allowedBy =
      (policy: Policy) =>
      ([resource, context]: [string, Context]) =>
        decideByIdentity(
          { identity: [policy], session: null },
          { action: "bedrock:InvokeModel", resource, context },
        ).allowed;
    const passes = (id: string) => policies.every((policy) => asksOf(id, PLACE).every(allowedBy(policy)));
    const ids = [...PROFILES, ...MODELS].map(({ id }) => id);
    expect(ids.filter(passes).toSorted()).toEqual(models.toSorted());
    // What isn't granted is denied by the policy of its class, and by no other; each has a class.
    const profileOf = (id: string) => asksOf(id, PLACE).slice(0, 1);
    const denying = models.map((id) =>
      policies.filter((policy) => !profileOf(`${id}x`).every(allowedBy(policy))),
    );
    expect(denying.every(({ length }) => length === 1)).toBe(true);
    expect(new Set(denying.flat()).size).toBe(policies.length);
    // A session that is to be narrowed further may ask for that.
    for (const policy of policies.slice(0, -1))
      expect(
        decideByIdentity(
          { identity: [policy], session: null },
          { action: "sts:GetScopedCredentials", resource: "*", context: {} },
        ).allowed,
      ).toBe(true);
  });

  it("is one policy where one suffices, whether several are allowed or not, and several only after those", () => {
    const models = PROFILES.filter(({ geography }) => geography === "us").map(({ id }) => id);
    const some: Grant = {
      operations: [...DEFAULT_OPERATIONS],
      models: models.slice(0, 12),
      regions: ["us-east-1"],
      settings: [],
    };
    const single = sessionLayers([some], PLACE, DEFAULT_ROLE);
    const all = sessionLayers([some], PLACE, { ...DEFAULT_ROLE, scopedCredentials: true });
    expect(single.every((layers) => layers.length === 1)).toBe(true);
    expect(all.slice(0, single.length)).toEqual(single);
    const further = all.slice(single.length);
    expect(further.every((layers) => layers.length > 1)).toBe(true);
  });

  it("doesn't name several steps as a way out where even these don't suffice", () => {
    const models = PROFILES.map(({ id }) => id);
    const all: Grant = {
      operations: [...DEFAULT_OPERATIONS],
      models,
      regions: ["us-east-1", "eu-west-1"],
      settings: [],
    };
    for (const scopedCredentials of [false, true]) {
      const attempt = () => sessionLayers([all], PLACE, { ...DEFAULT_ROLE, scopedCredentials });
      expect(attempt).toThrow(SessionPolicyTooLarge);
      expect(attempt).not.toThrow("--scoped-credentials");
    }
  });

  const IDS = [
    "anthropic.claude-3-haiku-20240307-v1:0",
    "us.anthropic.claude-3-5-haiku-20241022-v1:0",
    "us.amazon.nova-pro-v1:0",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "eu.mistral.pixtral-large-2502-v1:0",
    "amazon.titan-embed-text-v2:0",
  ];
  const PATTERNS = [
    "*",
    "us.*",
    "u*",
    "us.anthropic*",
    "us.anthropic.*",
    "*.anthropic.*",
    "*claude*",
    "anthropic.*",
    "a*",
    "global.*",
    "eu.mistral.*",
    ...IDS,
  ];

  it.each(PATTERNS)(
    "allows what the pattern %s grants, by the sandbox's evaluator, and nothing in other regions",
    (pattern) => {
      const document = JSON.parse(
        sessionPolicy(
          [{ operations: ["Converse"], models: [pattern], regions: ["us-east-1"], settings: [] }],
          PLACE,
          DEFAULT_ROLE,
        ),
      );
      const everything = parsePolicy(
        { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
        "identity",
      );
      const session = [parsePolicy(document, "session")];
      const allowed = (resource: string, context: Context) =>
        decideByIdentity(
          { identity: [everything], session },
          { action: "bedrock:InvokeModel", resource, context },
        ).allowed;
      for (const id of IDS.filter((candidate) => matchesPattern(pattern, candidate))) {
        for (const [resource, context] of asksOf(id, PLACE))
          expect(allowed(resource, context), resource).toBe(true);
      }
      // The models behind a profile are allowed through any of the account's; the profile itself is not.
      for (const id of IDS) {
        const elsewhere = asksOf(id, { ...PLACE, region: "ap-south-1" });
        expect(
          elsewhere.every(([resource, context]) => allowed(resource, context)),
          id,
        ).toBe(false);
      }
    },
  );
});

/** The resources that Bedrock authorizes for a model: itself, or the profile and the model behind it. */
function asksOf(id: string, { partition, region, account }: Place): [resource: string, context: Context][] {
  const base = `arn:${partition}:bedrock:`;
  const requested = { "aws:requestedregion": [region] };
  if (!isProfileId(id)) return [[`${base}${region}::foundation-model/${id}`, requested]];
  const profile = `${base}${region}:${account}:inference-profile/${id}`;
  const models = [region, "us-west-2", ""].map((where): [string, Context] => [
    `${base}${where}::foundation-model/${foundationModelOf(id)}`,
    { "bedrock:inferenceprofilearn": [profile], "aws:requestedregion": [where || "unspecified"] },
  ]);
  return [[profile, requested], ...models];
}
