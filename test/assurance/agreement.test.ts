/**
 * 5,000 calls of random clients of random delegations: what the gateway authorizes is what a session of the role may,
 * by a foreign simulator of IAM and by the sandbox's. Where IAM can't be as narrow as the grants, `couldBe` says how.
 */
import { describe, expect, it } from "vitest";
import { CATALOGUE_VERSION, catalogueProfile } from "../../src/bedrock/catalogue.ts";
import type { Operation } from "../../src/core/operations.ts";
import { GEOGRAPHIES } from "../../src/core/model.ts";
import { PolicyError } from "../../src/iam/document.ts";
import { grantsOf } from "../../src/iam/intersect.ts";
import { rolePolicy } from "../../src/iam/role-policy.ts";
import { ownOutput } from "../../src/core/async-output.ts";
import { sessionLayers, SessionPolicyTooLarge } from "../../src/iam/session-policy.ts";
import {
  Choices,
  modelArn,
  ownArn,
  randomCall,
  randomPair,
  type Call,
  type Pair,
} from "../agreement/calls.ts";
import { authorizes, sandboxNeeds, Session } from "../agreement/deciders.ts";
import { needsOf } from "../agreement/needs.ts";

const CALLS = 5_000;
/** Each gives a fifth of the calls. */
const SEEDS = [1, 2, 3, 4, 5];
const CALLS_EACH = 10;

describe(`calls, by the needs of facts/catalogue.json ${CATALOGUE_VERSION}`, () => {
  it("are authorized by the gateway exactly if the role's session may make them", async () => {
    const seeds = SEEDS.map((seed) => new Choices(seed));
    const counts = {
      calls: 0,
      authorized: 0,
      allowed: 0,
      sandboxed: 0,
      layered: 0,
      tooLarge: 0,
      decisions: 0,
    };
    for (const choices of seeds)
      for (const end = counts.calls + CALLS / SEEDS.length; counts.calls < end;) {
        const pair = randomPair(choices);
        const session = sessionOf(pair, counts);
        if (session === undefined) continue;
        for (let i = 0; i < CALLS_EACH; i++) {
          const call = randomCall(choices, pair);
          const wanted = authorizes(pair, call);
          const allowed = await session.allows(needsOf(call, pair.delegation.role.project ?? "default"));
          const sandboxed =
            INFERENCE.includes(call.operation) && isBare(call) ? sandboxNeeds(call) : undefined;
          const faults = [
            wanted && isGuarded(pair, call) && !allowed ? "lost" : "",
            allowed && !couldBe(pair, call) ? "wider" : "",
            allowed && !isGuarded(pair, call) ? "without the required guardrail" : "",
            sandboxed && session.sandboxAllows(sandboxed) !== allowed ? "not what the sandbox asks for" : "",
          ].filter((fault) => fault !== "");
          const grants = [pair.delegation.grants, pair.client.delegations[0]?.grants];
          expect(faults, JSON.stringify({ call, grants })).toEqual([]);
          counts.sandboxed += Number(sandboxed !== undefined);
          counts.calls++;
          counts.authorized += Number(wanted);
          counts.allowed += Number(allowed);
        }
        counts.decisions += session.decisions;
      }
    // Neither side is trivial, and few grants are too many for a policy.
    expect(counts.authorized).toBeGreaterThan(CALLS / 5);
    expect(counts.allowed).toBeLessThan(CALLS / 2);
    expect(counts.decisions).toBeGreaterThan(CALLS);
    expect(counts.sandboxed).toBeGreaterThan(CALLS / 20);
    expect(counts.tooLarge).toBeLessThan(CALLS / CALLS_EACH / 10);
  });
});

function sessionOf(
  { delegation, client }: Pair,
  counts: { layered: number; tooLarge: number },
): Session | undefined {
  try {
    const role = { ...ownOutput(delegation.role, client), scopedCredentials: true };
    const [policies] = sessionLayers(grantsOf(delegation, client), delegation, role);
    counts.layered += Number(policies.length > 1);
    const allowed = rolePolicy(delegation);
    const isNothing = allowed.Statement.length === 0 || policies.join().includes('"Statement":[]');
    return isNothing
      ? new Session(JSON.parse(NOTHING) as object, [NOTHING])
      : new Session(allowed, [...policies]);
  } catch (error) {
    if (!(error instanceof SessionPolicyTooLarge || error instanceof PolicyError)) throw error;
    counts.tooLarge++;
    return undefined;
  }
}

/** Of a client whose grants no longer have anything in common with its delegation's: the gateway refuses every call. */
const NOTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
});

const INFERENCE: Operation[] = ["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"];

/** Without a project or a guardrail of the caller's. */
function isBare({ project, guardrail }: Call): boolean {
  return project === undefined && guardrail === undefined;
}

/** Whether the call names the guardrail that the role requires of inference, if it does. */
function isGuarded({ delegation }: Pair, { operation, guardrail }: Call): boolean {
  if (delegation.role.requiredGuardrail === undefined) return true;
  if (operation === "StartAsyncInvoke") return false;
  return !INFERENCE.includes(operation) || guardrail === "gr1";
}

/** Operations with the same IAM action. */
const ALIKE: Partial<Record<Operation, Operation[]>> = {
  Converse: ["Converse", "InvokeModel", "StartAsyncInvoke"],
  InvokeModel: ["Converse", "InvokeModel", "StartAsyncInvoke"],
  ConverseStream: ["ConverseStream", "InvokeModelWithResponseStream"],
  InvokeModelWithResponseStream: ["ConverseStream", "InvokeModelWithResponseStream"],
};

/** Whether IAM may allow the call: as it is granted, or where IAM can't be narrower. */
function couldBe(pair: Pair, call: Call): boolean {
  const { project: _, guardrail: __, ...bare } = call;
  switch (call.operation) {
    // IAM lists on `*`: in any region.
    case "InvokeGuardrailChecks":
    case "ListAsyncInvokes":
    case "ListFoundationModels":
    case "ListInferenceProfiles":
      return pair.delegation.grants
        .flatMap(({ regions }) => regions)
        .some((region) => authorizes({ ...pair, delegation: { ...pair.delegation, region } }, call));
    // A model is counted as itself; the role, not the session, may name a vendor's models one by one.
    case "CountTokens":
      return countable(call).some((each) => authorizes({ ...pair, client: unlimited(pair) }, each));
    // InvokeModel of the model and of a job are separate decisions.
    case "StartAsyncInvoke":
      return operationsLike("InvokeModel").some((operation) => authorizes(pair, { ...call, operation }));
    // With the setting in a grant, guardrails may be named and applied.
    case "ApplyGuardrail":
      return (
        authorizes(pair, call) ||
        mayName(pair, "guardrailConfig") ||
        pair.delegation.role.requiredGuardrail !== undefined
      );
    default:
      break;
  }
  // A caller's project or guardrail is a decision of its own: with the setting in some grant, it is allowed for all.
  if (call.project !== undefined && !mayName(pair, "projectIdentifier")) return false;
  if (
    call.guardrail !== undefined &&
    !couldBe(pair, { operation: "ApplyGuardrail", subject: guardrailArn(call), region: call.region })
  )
    return false;
  return operationsLike(call.operation).some((operation) => authorizes(pair, { ...bare, operation }));
}

function operationsLike(operation: Operation): Operation[] {
  return ALIKE[operation] ?? [operation];
}

function guardrailArn({ region, guardrail }: Call): string {
  return ownArn(region, `guardrail/${guardrail}`);
}

function mayName({ delegation, client }: Pair, setting: "projectIdentifier" | "guardrailConfig"): boolean {
  return grantsOf(delegation, client).some(({ settings }) => settings.includes(setting));
}

function unlimited({ client, delegation }: Pair): Pair["client"] {
  return { ...client, delegations: [{ delegation: delegation.name, grants: null }] };
}

/** The same count by every name: the model's own, and those of profiles, also of such as AWS may add. */
function countable(call: Call): Call[] {
  const id = call.subject.slice(call.subject.lastIndexOf("/") + 1);
  const model = catalogueProfile(id)?.model ?? id;
  const { region } = call;
  const arns = [
    modelArn(region, model),
    ...GEOGRAPHIES.map((geography) => ownArn(region, `inference-profile/${geography}.${model}`)),
  ];
  return arns.map((subject) => ({ ...call, subject }));
}
