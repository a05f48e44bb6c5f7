/**
 * The generated policies judged by two evaluators that aren't Signet's: an independent IAM simulator and the
 * sandbox's. What is granted is allowed, near misses are denied, and the two agree on every case.
 */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { assert, asyncProperty, constantFrom, record, subarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import { DEFAULT_ROLE, DEFAULT_TRUST, type Delegation, type Grant } from "../core/delegation.ts";
import { foundationModelOf, isProfileId, matchesPattern } from "../core/model.ts";
import { OPERATIONS, type Operation } from "../core/operations.ts";
import type { PolicyDocument } from "./document.ts";
import { rolePolicy } from "./role-policy.ts";
import { sessionPolicy } from "./session-policy.ts";

const ACCOUNT = "111122223333";
const SIGNET = "arn:aws:iam::123456789012:role/signet";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/signet-acme`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/signet-acme/signet-app`;

function delegation(change: Partial<Delegation> & { grants: Grant[] }): Delegation {
  return {
    name: "acme",
    state: "active",
    account: ACCOUNT,
    partition: "aws",
    roleArn: ROLE,
    externalId: "sgx-right",
    trust: { ...DEFAULT_TRUST, principal: SIGNET },
    role: DEFAULT_ROLE,
    region: "us-east-1",
    session: { durationSeconds: 3600, tags: {} },
    recordContent: false,
    createdAt: 0,
    ...change,
  };
}

function grant(models: string[], change: Partial<Grant> = {}): Grant {
  return { operations: ["Converse"], models, regions: ["us-east-1"], headers: [], ...change };
}

/** One decision of IAM's; a call needs several, all of them allowed. */
interface Ask {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

let compared = 0;

/** The simulator's data knows no ARN without a region, which global profiles need: a name stands for none. */
function withRegion<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll("bedrock:::", "bedrock:regionless::")) as T;
}

/** Whether a session of the role may, by both evaluators, which must agree. */
async function allowed(
  policy: PolicyDocument,
  session: string | null,
  { action, resource, context = {} }: Ask,
) {
  const result = await runSimulation(
    {
      request: {
        principal: SESSION,
        action,
        resource: { resource: withRegion(resource), accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: [{ name: "role", policy: withRegion(policy) }],
      ...(session === null ? {} : { sessionPolicy: JSON.parse(session) as object }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  const theirs = result.overallResult === "Allowed";
  const lower = Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value]]);
  const { allowed: ours } = decideByIdentity(
    {
      identity: [parsePolicy(policy, "identity")],
      session: session === null ? null : [parsePolicy(session, "session")],
    },
    { action, resource, context: Object.fromEntries(lower) as Record<string, string[]> },
  );
  expect({ action, resource, context, allowed: ours }).toEqual({
    action,
    resource,
    context,
    allowed: theirs,
  });
  compared++;
  return theirs;
}

async function mayCall(lent: Delegation, asks: Ask[], withSession = true): Promise<boolean> {
  const session = withSession ? sessionPolicy(lent.grants, lent, lent.role) : null;
  const decisions: boolean[] = [];
  for (const ask of asks) decisions.push(await allowed(rolePolicy(lent), session, ask));
  return decisions.every(Boolean);
}

const arn = (region: string, rest: string, account = ACCOUNT) =>
  `arn:aws:bedrock:${region}:${account}:${rest}`;
const model = (region: string, id: string) => `arn:aws:bedrock:${region}::foundation-model/${id}`;
const DESTINATIONS: Record<string, string[]> = {
  us: ["us-east-1", "us-east-2", "us-west-2"],
  eu: ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"],
  apac: ["ap-northeast-1", "ap-south-1", "ap-southeast-2"],
};

/** What Bedrock asks of IAM for a call, as its user guide lists it. */
function asksOf(operation: Operation, id: string, region: string, extra: Record<string, string> = {}): Ask[] {
  const { action } = OPERATIONS[operation];
  const requested = { "aws:RequestedRegion": region, ...extra };
  if (operation === "CountTokens") return [{ action, resource: model(region, bare(id)), context: requested }];
  if (!isProfileId(id)) return [{ action, resource: model(region, id), context: requested }];
  const profile = arn(region, `inference-profile/${id}`);
  const through = { ...extra, "bedrock:InferenceProfileArn": profile };
  const geography = id.slice(0, id.indexOf("."));
  const places = geography === "global" ? [region] : [region, ...(DESTINATIONS[geography] ?? [])];
  return [
    { action, resource: profile, context: requested },
    ...places.map((place) => ({
      action,
      resource: model(place, bare(id)),
      context: { ...through, "aws:RequestedRegion": place },
    })),
    ...(geography === "global"
      ? [
          {
            action,
            resource: model("", bare(id)),
            context: { ...through, "aws:RequestedRegion": "unspecified" },
          },
        ]
      : []),
  ];
}

const bare = (id: string) => (isProfileId(id) ? foundationModelOf(id) : id);

const HAIKU = "anthropic.claude-3-5-haiku-20241022-v1:0";
const SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const APPLICATION = arn("us-east-1", "application-inference-profile/abc123");
const PROVISIONED = arn("us-east-1", "provisioned-model/abc123");
const IMPORTED = arn("us-east-1", "imported-model/abc123");
const ROUTER = arn("us-east-1", "prompt-router/abc123");
const GUARDRAIL = arn("us-east-1", "guardrail/gr1");
const INVOKE = "bedrock:InvokeModel";

const profiled = delegation({ grants: [grant([`us.${HAIKU}`])] });
const direct = delegation({ grants: [grant([HAIKU])] });
const global = delegation({ grants: [grant([`global.${SONNET}`])] });
const everything = delegation({ grants: [grant(["*"], { operations: ["*"] })] });
const arns = delegation({ grants: [grant([APPLICATION, PROVISIONED, IMPORTED, ROUTER])] });
const guarded = delegation({
  grants: [grant([HAIKU, "guardrail/gr1"], { operations: ["Converse", "ApplyGuardrail"] })],
  role: { ...DEFAULT_ROLE, requiredGuardrail: "gr1:2" },
});
const asynchronous = delegation({
  grants: [grant(["amazon.nova-reel-v1:0"], { operations: ["StartAsyncInvoke", "GetAsyncInvoke"] })],
  role: { ...DEFAULT_ROLE, asyncOutput: "answers/reel" },
});
const keyed = delegation({ grants: [grant([HAIKU])], role: { ...DEFAULT_ROLE, bedrockApiKeys: true } });
const discovering = delegation({
  grants: [grant([HAIKU], { operations: ["Converse", "ListFoundationModels", "GetFoundationModel"] })],
});

const one = (action: string, resource: string, context: Record<string, string> = {}): Ask[] => [
  { action, resource, context },
];
const haikuThrough = (profile: string, place = "us-west-2") =>
  one(INVOKE, model(place, HAIKU), { "bedrock:InferenceProfileArn": profile });

const GRANTED: [string, Delegation, Ask[]][] = [
  ["a foundation model", direct, asksOf("Converse", HAIKU, "us-east-1")],
  ["a geographic profile", profiled, asksOf("Converse", `us.${HAIKU}`, "us-east-1")],
  ["a global profile", global, asksOf("InvokeModel", `global.${SONNET}`, "us-east-1")],
  [
    "tokens of a profile's model",
    delegation({ grants: [grant([`us.${HAIKU}`], { operations: ["CountTokens"] })] }),
    asksOf("CountTokens", `us.${HAIKU}`, "us-east-1"),
  ],
  ["an application profile and its model", arns, [...one(INVOKE, APPLICATION), ...haikuThrough(APPLICATION)]],
  ["a provisioned model", arns, one(INVOKE, PROVISIONED)],
  ["an imported model", arns, one(INVOKE, IMPORTED)],
  [
    "a prompt router and its model",
    arns,
    [
      ...one(INVOKE, ROUTER),
      ...one(INVOKE, model("us-east-1", HAIKU), { "bedrock:PromptRouterArn": ROUTER }),
    ],
  ],
  ["a guardrail", guarded, one("bedrock:ApplyGuardrail", GUARDRAIL)],
  [
    "a call under the required guardrail",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}:2` }),
  ],
  ["an asynchronous job", asynchronous, one(INVOKE, model("us-east-1", "amazon.nova-reel-v1:0"))],
  ["its result", asynchronous, one("bedrock:GetAsyncInvoke", arn("us-east-1", "async-invoke/x"))],
  ["its output", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/reel/x/output.mp4")],
  [
    "a short-term API key",
    keyed,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "SHORT_TERM" }),
  ],
  ["discovery where granted", discovering, one("bedrock:ListFoundationModels", "*")],
  ["a model's description", discovering, one("bedrock:GetFoundationModel", model("us-east-1", HAIKU))],
  ["everything: a model", everything, asksOf("ConverseStream", HAIKU, "us-east-1")],
  ["everything: a profile", everything, asksOf("ConverseStream", `us.${HAIKU}`, "us-east-1")],
  ["everything: a global profile", everything, asksOf("ConverseStream", `global.${SONNET}`, "us-east-1")],
  ["everything: lists", everything, one("bedrock:ListInferenceProfiles", "*")],
];

const NEAR_MISSES: [string, Delegation, Ask[]][] = [
  ["another model", direct, asksOf("Converse", SONNET, "us-east-1")],
  ["a longer name", direct, asksOf("Converse", `${HAIKU}x`, "us-east-1")],
  ["a shorter name", direct, asksOf("Converse", HAIKU.slice(0, -1), "us-east-1")],
  ["another region", direct, asksOf("Converse", HAIKU, "us-west-2")],
  ["the region of another partition", direct, asksOf("Converse", HAIKU, "us-gov-west-1")],
  ["streaming where only unary was granted", direct, asksOf("ConverseStream", HAIKU, "us-east-1")],
  ["counting where it wasn't granted", direct, asksOf("CountTokens", HAIKU, "us-east-1")],
  ["the profile where only the model was granted", direct, asksOf("Converse", `us.${HAIKU}`, "us-east-1")],
  ["the model directly where only its profile was granted", profiled, asksOf("Converse", HAIKU, "us-east-1")],
  ["the model directly in a destination region", profiled, asksOf("Converse", HAIKU, "us-west-2")],
  [
    "the model through another profile",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/eu.${HAIKU}`)),
  ],
  [
    "the model through the profile of another account",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/us.${HAIKU}`, "999999999999")),
  ],
  [
    "the model through the profile of another region",
    profiled,
    haikuThrough(arn("us-west-2", `inference-profile/us.${HAIKU}`)),
  ],
  [
    "the model through the profile, in another geography",
    profiled,
    haikuThrough(arn("us-east-1", `inference-profile/us.${HAIKU}`), "eu-west-1"),
  ],
  [
    "another model through the profile",
    profiled,
    one(INVOKE, model("us-west-2", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/us.${HAIKU}`),
    }),
  ],
  ["the profile in another region", profiled, asksOf("Converse", `us.${HAIKU}`, "us-west-2")],
  ["another profile of the model", profiled, asksOf("Converse", `eu.${HAIKU}`, "us-east-1")],
  ["streaming through the profile", profiled, asksOf("ConverseStream", `us.${HAIKU}`, "us-east-1")],
  [
    "the profile in another account",
    profiled,
    one(INVOKE, arn("us-east-1", `inference-profile/us.${HAIKU}`, "999999999999")),
  ],
  ["the global profile's model directly", global, asksOf("Converse", SONNET, "us-east-1")],
  ["the global profile's model without a region, directly", global, one(INVOKE, model("", SONNET))],
  [
    "the global profile's model in a region that isn't the source",
    global,
    one(INVOKE, model("us-west-2", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/global.${SONNET}`),
    }),
  ],
  [
    "the global model for a region that was specified",
    global,
    one(INVOKE, model("", SONNET), {
      "bedrock:InferenceProfileArn": arn("us-east-1", `inference-profile/global.${SONNET}`),
      "aws:RequestedRegion": "us-east-1",
    }),
  ],
  ["another application profile", arns, one(INVOKE, `${APPLICATION}4`)],
  ["a model behind an application profile, directly", arns, asksOf("Converse", HAIKU, "us-east-1")],
  ["another provisioned model", arns, one(INVOKE, `${PROVISIONED}4`)],
  ["a custom model's deployment", arns, one(INVOKE, arn("us-east-1", "custom-model-deployment/abc123"))],
  [
    "a model through another router",
    arns,
    one(INVOKE, model("us-east-1", HAIKU), { "bedrock:PromptRouterArn": `${ROUTER}4` }),
  ],
  ["a call without the required guardrail", guarded, asksOf("Converse", HAIKU, "us-east-1")],
  [
    "a call under another guardrail",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}x:2` }),
  ],
  [
    "a call under another version of it",
    guarded,
    asksOf("Converse", HAIKU, "us-east-1", { "bedrock:GuardrailIdentifier": `${GUARDRAIL}:1` }),
  ],
  ["another guardrail", guarded, one("bedrock:ApplyGuardrail", arn("us-east-1", "guardrail/gr2"))],
  ["a guardrail where none was granted", direct, one("bedrock:ApplyGuardrail", GUARDRAIL)],
  ["output elsewhere in the bucket", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/other/x")],
  ["output beside the prefix", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers/reelx/x")],
  ["output to another bucket", asynchronous, one("s3:PutObject", "arn:aws:s3:::answers2/reel/x")],
  ["reading the output", asynchronous, one("s3:GetObject", "arn:aws:s3:::answers/reel/x")],
  [
    "another account's job",
    asynchronous,
    one("bedrock:GetAsyncInvoke", arn("us-east-1", "async-invoke/x", "999999999999")),
  ],
  [
    "a long-term API key",
    keyed,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "LONG_TERM" }),
  ],
  [
    "an API key where none was granted",
    direct,
    one("bedrock:CallWithBearerToken", "*", { "bedrock:BearerTokenType": "SHORT_TERM" }),
  ],
  ["discovery where it wasn't granted", direct, one("bedrock:ListFoundationModels", "*")],
  ["profiles where only models may be listed", discovering, one("bedrock:ListInferenceProfiles", "*")],
  ["everything, in another region", everything, asksOf("Converse", HAIKU, "eu-west-1")],
  [
    "everything: a custom model's deletion",
    everything,
    one("bedrock:DeleteCustomModel", arn("us-east-1", "custom-model/x")),
  ],
  ["IAM", everything, one("iam:ListRoles", "*")],
  ["another role", everything, one("sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/admin`)],
  ["S3", everything, one("s3:ListAllMyBuckets", "*")],
  ["the marketplace", everything, one("aws-marketplace:Subscribe", "*")],
];

describe("a role compiled from grants", () => {
  it.each(GRANTED)("allows %s, alone and under the session policy", async (_name, lent, asks) => {
    expect(await mayCall(lent, asks, false)).toBe(true);
    expect(await mayCall(lent, asks)).toBe(true);
  });

  it.each(NEAR_MISSES)("denies %s", async (_name, lent, asks) => {
    expect(await mayCall(lent, asks, false)).toBe(false);
  });

  it("has a table of at least 40 near misses", () => {
    expect(NEAR_MISSES.length).toBeGreaterThanOrEqual(40);
  });

  it("agrees with the grants on generated cases, by both evaluators", async () => {
    const ids = [HAIKU, SONNET, `us.${HAIKU}`, `eu.${HAIKU}`, `global.${SONNET}`, "amazon.nova-lite-v1:0"];
    const patterns = [...ids, "anthropic.*", "us.anthropic.*", "global.*", "*claude*", "amazon.nova-*"];
    const operations: Operation[] = ["Converse", "ConverseStream", "InvokeModel"];
    const regions = ["us-east-1", "eu-central-1", "us-west-2"];
    const before = compared;
    const cases = record({
      models: subarray(patterns, { minLength: 1, maxLength: 3 }),
      granted: subarray(operations, { minLength: 1 }),
      regions: subarray(regions, { minLength: 1 }),
      operation: constantFrom(...operations),
      id: constantFrom(...ids),
      region: constantFrom(...regions),
    });
    await assert(
      asyncProperty(cases, async ({ models, granted, regions: places, operation, id, region }) => {
        const lent = delegation({ grants: [grant(models, { operations: granted, regions: places })] });
        const expected =
          // Converse and InvokeModel are one action to IAM.
          granted.some((each) => OPERATIONS[each].action === OPERATIONS[operation].action) &&
          places.includes(region) &&
          models.some((pattern) => matchesPattern(pattern, id));
        expect(await mayCall(lent, asksOf(operation, id, region), false)).toBe(expected);
        expect(await mayCall(lent, asksOf(operation, id, region), expected)).toBe(expected);
      }),
      { numRuns: 300, seed: 20_261_123 },
    );
    expect(compared - before).toBeGreaterThanOrEqual(500);
  });
});
