/**
 * The generated policies, evaluated by two programs that aren't Signet's: an independent IAM simulator and the
 * sandbox. Grants are allowed, near misses are denied, and the two agree on every case.
 */
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { assert, asyncProperty, constantFrom, pre, record, subarray } from "fast-check";
import { describe, expect, it } from "vitest";
import { decideByIdentity } from "../../sandbox/iam/evaluate.ts";
import { parsePolicy } from "../../sandbox/iam/policy.ts";
import { CATALOGUE_VERSION, PROFILES } from "../bedrock/catalogue.ts";
import { ownOutput } from "../core/async-output.ts";
import { DEFAULT_ROLE, type Delegation, type Grant } from "../core/delegation.ts";
import { matchesPattern } from "../core/model.ts";
import { OPERATIONS, type Operation } from "../core/operations.ts";
import type { PolicyDocument } from "./document.ts";
import { ACCOUNT, asksOf, delegation, grant, HAIKU, NOVA, SESSION, SONNET, type Ask } from "./fixtures.ts";
import { GRANTED, NEAR_MISSES } from "./simulated/fixtures.ts";
import { lintPolicy } from "./lint/lint.ts";
import { rolePolicy } from "./role-policy.ts";
import { SessionPolicyTooLarge, sessionPolicy } from "./session-policy.ts";

let compared = 0;

/** The simulator's data has no ARN without a region, which global profiles need: a name replaces it. */
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

/** Whether the role may, under the session policy of `grants`, if given. */
async function mayCall(given: Delegation, asks: Ask[], grants?: Grant[]): Promise<boolean> {
  const role = rolePolicy(given);
  const session = grants === undefined ? null : sessionPolicy(grants, given, given.role);
  const decisions: boolean[] = [];
  for (const ask of asks) decisions.push(await allowed(role, session, ask));
  return decisions.every(Boolean);
}

describe("a role compiled from grants", () => {
  it.each(GRANTED)("allows %s, alone and under the session policy", async (_name, given, asks) => {
    expect(await mayCall(given, asks)).toBe(true);
    expect(await mayCall(given, asks, given.grants)).toBe(true);
  });

  it.each(NEAR_MISSES)("denies %s", async (_name, given, asks) => {
    expect(await mayCall(given, asks)).toBe(false);
  });

  it("has a table of at least 40 near misses", () => {
    expect(NEAR_MISSES.length).toBeGreaterThanOrEqual(40);
  });
});

const IDS = [HAIKU, SONNET, `us.${HAIKU}`, `eu.${HAIKU}`, `global.${SONNET}`, NOVA];
const PATTERNS = [
  ...IDS,
  "*",
  "anthropic.*",
  "us.anthropic.*",
  "us.*",
  "global.*",
  "*claude*",
  "amazon.nova-*",
];
const OPERATION_CHOICE: Operation[] = ["Converse", "ConverseStream", "InvokeModel"];
const REGIONS = ["us-east-1", "eu-central-1", "us-west-2"];

const someGrant = record({
  models: subarray(PATTERNS, { minLength: 1, maxLength: 3 }),
  operations: subarray(OPERATION_CHOICE, { minLength: 1 }),
  regions: subarray(REGIONS, { minLength: 1 }),
}).map(({ models, ...rest }) => grant(models, rest));

const someCall = record({
  operation: constantFrom(...OPERATION_CHOICE),
  id: constantFrom(...IDS),
  region: constantFrom(...REGIONS),
});

interface Call {
  operation: Operation;
  id: string;
  region: string;
}

/** As the gateway decides, except that Converse and InvokeModel are one action to IAM. */
function isGranted({ operations, models, regions }: Grant, { operation, id, region }: Call): boolean {
  const { action } = OPERATIONS[operation];
  return (
    operations.some((each) => each !== "*" && OPERATIONS[each].action === action) &&
    regions.includes(region) &&
    models.some((pattern) => matchesPattern(pattern, id))
  );
}

/** STS takes 2,048 characters; past that Signet refuses the grants. */
function fits(grants: Grant[], given: Delegation): boolean {
  try {
    return sessionPolicy(grants, given, given.role).length > 0;
  } catch (error) {
    if (error instanceof SessionPolicyTooLarge) return false;
    throw error;
  }
}

describe("generated grants and calls", () => {
  it("are decided by the role as the grants say, and identically by both evaluators", async () => {
    const before = compared;
    await assert(
      asyncProperty(someGrant, someCall, async (one, call) => {
        const given = delegation({ grants: [one] });
        const asks = asksOf(call.operation, call.id, call.region);
        const expected = isGranted(one, call);
        expect(await mayCall(given, asks)).toBe(expected);
        expect(await mayCall(given, asks, given.grants)).toBe(expected);
      }),
      { numRuns: 300, seed: 20_261_123 },
    );
    expect(compared - before).toBeGreaterThanOrEqual(500);
  });

  it("are decided by the session policy as a narrower client's grants say, however wide the role is", async () => {
    const wide = delegation({ grants: [grant(["*"], { operations: ["*"], regions: REGIONS })] });
    const before = compared;
    await assert(
      asyncProperty(someGrant, someGrant, someCall, async (one, other, call) => {
        pre(fits([one, other], wide));
        const asks = asksOf(call.operation, call.id, call.region);
        const expected = isGranted(one, call) || isGranted(other, call);
        expect(await mayCall(wide, asks, [one, other])).toBe(expected);
      }),
      { numRuns: 300, seed: 20_261_124 },
    );
    expect(compared - before).toBeGreaterThanOrEqual(500);
  });
});

describe("a client's session", () => {
  it("writes the results of jobs to its own place alone, though the role has the delegation's (T44)", async () => {
    const role = { ...DEFAULT_ROLE, asyncOutput: "answers/reel" };
    const granted = [grant(["amazon.nova-reel-v1:0"], { operations: ["StartAsyncInvoke"] })];
    const given = delegation({ grants: granted, role });
    const session = sessionPolicy(granted, given, ownOutput(role, { name: "app" }));
    const put = (key: string) => ({ action: "s3:PutObject", resource: `arn:aws:s3:::answers/reel/${key}` });
    const permissions = rolePolicy(given);
    for (const key of ["app/x/output.mp4", "app2/x", "appx", "x"]) {
      expect(await allowed(permissions, null, put(key))).toBe(true);
      expect(await allowed(permissions, session, put(key))).toBe(key.startsWith("app/"));
    }
  });
});

describe(`a role of forty exact profiles (facts/catalogue.json ${CATALOGUE_VERSION})`, () => {
  const us = PROFILES.filter(({ id }) => id.startsWith("us.")).map(({ id }) => id);
  const given = delegation({
    grants: [grant(us.slice(0, 40), { operations: ["Converse", "ConverseStream", "CountTokens"] })],
  });

  it("allows their calls and no others, though it names neither the models behind nor who routes to them", async () => {
    expect(JSON.stringify(rolePolicy(given))).toContain("::foundation-model/*");
    const mayConverse = (id: string, region = "us-east-1") => mayCall(given, asksOf("Converse", id, region));
    for (const id of us.slice(36, 40)) expect([id, await mayConverse(id)]).toEqual([id, true]);
    const others = [
      ...us.slice(40, 46),
      ...us.slice(0, 3).flatMap((id) => [`${id}x`, id.replace("us.", "eu.")]),
    ];
    for (const id of others) expect([id, await mayConverse(id)]).toEqual([id, false]);
    const [first = ""] = us;
    expect(await mayConverse(first, "us-west-2")).toBe(false);
    expect(await mayConverse(first.replace("us.", ""))).toBe(false);
  });

  it("is what it should be for `signet policy lint`", () => {
    expect(lintPolicy(JSON.stringify(rolePolicy(given)), given)).toEqual([]);
  });
});
