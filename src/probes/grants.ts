/** Whether the role allows what is granted, each operation on each model, and nothing else in Bedrock. */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation, Grant } from "../core/delegation.ts";
import { OPERATION_NAMES, OPERATIONS, type Operation } from "../core/operations.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import { diagnose, mustDeny } from "./diagnose.ts";
import { covers, isGuardrail, notGranted, representatives, serves, type Choice } from "./models.ts";
import type { ProbeParts } from "./parts.ts";
import { notTried, probed, type Finding, type Report } from "./probe.ts";
import { send } from "./send.ts";

/** The most models that are tried to find one that isn't granted. */
const CANDIDATES = 4;

export interface GrantedCall {
  operation: Operation;
  region: string;
  /** The model or guardrail; empty for lists. */
  subject: string;
}

/** Calls that represent the grants, the probe model's first; patterns without a known match separately. */
export function grantedCalls(
  delegation: Delegation,
  choice: Choice,
): { calls: GrantedCall[]; unresolved: string[] } {
  const calls = new Map<string, GrantedCall>();
  const unresolved = new Set<string>();
  // Models that only bedrock-mantle serves don't support the operations that are probed.
  const onMantle = new Set(
    delegation.aliases
      .filter(({ upstream }) => upstream?.startsWith("bedrock-mantle"))
      .map((each) => each.model),
  );
  for (const grant of delegation.grants) {
    const subjects = representatives(grant, delegation, choice);
    for (const { pattern, model } of subjects) if (model === undefined) unresolved.add(pattern);
    const models = subjects.flatMap(({ model }) =>
      model === undefined || onMantle.has(model) ? [] : [model],
    );
    for (const call of callsOf(grant, models)) calls.set(JSON.stringify(call), call);
  }
  const first = (call: GrantedCall) => (call.subject === choice.probeModel ? 0 : 1);
  return {
    calls: [...calls.values()].toSorted((a, b) => first(a) - first(b)),
    unresolved: [...unresolved],
  };
}

function callsOf(grant: Grant, models: readonly string[]): GrantedCall[] {
  const operations = grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
  const guardrails = grant.models.filter(isGuardrail);
  return grant.regions.flatMap((region) =>
    operations.flatMap((operation) =>
      subjectsOf(operation, models, guardrails).map((subject) => ({ operation, region, subject })),
    ),
  );
}

function subjectsOf(
  operation: Operation,
  models: readonly string[],
  guardrails: readonly string[],
): readonly string[] {
  const { subject } = OPERATIONS[operation];
  if (subject === "guardrail") return guardrails;
  return subject === "model" ? models.filter((model) => serves(operation, model)) : [""];
}

/** A session and what it was obtained for. */
interface Held {
  delegation: Delegation;
  session: Credentials;
}

/** Uses a session without a session policy, to see what the role itself allows. */
export async function probeGrants(
  parts: ProbeParts,
  { delegation, session }: Held,
  choice: Choice,
  report: Report,
): Promise<void> {
  const { probeModel } = choice;
  const { calls, unresolved } = grantedCalls(delegation, choice);
  const deniedOperations = new Set<string>();
  reportUnusedModel(delegation, probeModel, report);
  for (const call of calls) {
    const subject = subjectOf(call);
    const request = cheapestCall(parts, delegation, call);
    if (request === undefined)
      notTried(
        report,
        { ...subject, required: false },
        "it has no call that is cheap and free of side effects",
      );
    else if (deniedOperations.has(call.operation))
      notTried(report, subject, `${call.operation} was already denied for ${probeModel}`);
    else {
      const sent = `${request.method} ${request.path}`;
      const finding = await probed(report, { ...subject, sent }, async () =>
        diagnose(await send(parts, session, request), delegation, call.subject),
      );
      if (call.subject === probeModel && finding.cause === "role_policy")
        deniedOperations.add(call.operation);
    }
  }
  for (const pattern of unresolved)
    notTried(
      report,
      { probe: `call:${pattern}`, title: `${pattern} may be called`, required: true },
      "no known model matches the pattern; name one with --probe-model",
    );
}

function reportUnusedModel(delegation: Delegation, probeModel: string | undefined, report: Report): void {
  if (probeModel === undefined) return;
  const patterns = delegation.grants.flatMap(({ models }) => models);
  if (patterns.some((pattern) => covers(pattern, probeModel, delegation))) return;
  const subject = {
    probe: "probe_model",
    title: `${probeModel} represents the granted models`,
    required: false,
  };
  notTried(report, subject, "the delegation doesn't grant it");
}

function subjectOf({ operation, region, subject }: GrantedCall) {
  const about = subject === "" ? "" : ` on ${subject}`;
  return {
    probe: ["call", operation, region, subject].filter((part) => part !== "").join(":"),
    title: `${operation}${about} in ${region} is allowed`,
    required: true,
  };
}

/** A model that isn't granted, and list operations that aren't. */
export async function probeNotGranted(
  parts: ProbeParts,
  { delegation, session }: Held,
  report: Report,
): Promise<void> {
  const { region } = delegation;
  const models = notGranted(delegation).slice(0, CANDIDATES);
  const granted = new Set(delegation.grants.flatMap(({ operations }) => operations));
  const lists = (["ListFoundationModels", "ListInferenceProfiles"] as const).filter(
    (operation) => !granted.has("*") && !granted.has(operation),
  );
  const denied = [
    ...(models.length === 0 ? [] : [{ operation: "Converse" as const, subjects: models }]),
    ...lists.map((operation) => ({ operation, subjects: [""] })),
  ];
  for (const { operation, subjects } of denied) {
    const about = models.length > 0 && operation === "Converse" ? " on a model" : "";
    await probed(
      report,
      {
        probe: `not_granted:${operation}`,
        title: `${operation}${about} that isn't granted is denied`,
        required: true,
        sent: [operation, ...subjects.filter((subject) => subject !== "")].join(" "),
      },
      () =>
        firstDecided(
          parts,
          { delegation, session },
          subjects.map((subject) => ({ operation, region, subject })),
        ),
    );
  }
}

/** Not every model exists in every region: tries one after another until AWS's answer is decisive. */
async function firstDecided(
  parts: ProbeParts,
  { delegation, session }: Held,
  calls: readonly GrantedCall[],
): Promise<Finding> {
  let finding: Finding = { status: "unknown", answer: "nothing was sent" };
  for (const call of calls) {
    const request = cheapestCall(parts, delegation, call);
    if (request === undefined) continue;
    const what = `${call.operation} ${call.subject}`.trim();
    finding = mustDeny(await send(parts, session, request), delegation, what);
    if (finding.status !== "unknown") break;
  }
  return finding;
}

/** One granted call with a session as the gateway uses it: narrowed by the session policy. */
export async function probeServed(
  parts: ProbeParts,
  { delegation, session }: Held,
  choice: Choice,
  report: Report,
): Promise<void> {
  const { calls } = grantedCalls(delegation, choice);
  for (const call of calls) {
    const request = cheapestCall(parts, delegation, call);
    if (request === undefined) continue;
    await probed(
      report,
      {
        probe: "call_with_session_policy",
        title: "A client's session may make a granted call",
        required: true,
        sent: `${request.method} ${request.path}`,
      },
      async () => diagnose(await send(parts, session, request), delegation, call.subject),
    );
    return;
  }
}
