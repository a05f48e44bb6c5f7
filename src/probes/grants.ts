/** Whether the role allows what is granted: each operation, on a model for each pattern. */
import type { Delegation } from "../core/delegation.ts";
import { attempt, type Held } from "./attempts.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import type { Choice } from "./candidates.ts";
import { grantedCalls, type GrantedCall } from "./granted-calls.ts";
import { covers } from "./models.ts";
import type { ProbeParts } from "./parts.ts";
import { notTried, probedAs, type Finding, type Report } from "./probe.ts";

/** Uses a session without a session policy, to see what the role itself allows. */
export async function probeGrants(
  parts: ProbeParts,
  held: Held,
  choice: Choice,
  report: Report,
): Promise<void> {
  const { delegation } = held;
  const { probeModel } = choice;
  const { calls, unresolved } = grantedCalls(delegation, choice);
  const deniedOperations = new Set<string>();
  reportUnusedModel(delegation, probeModel, report);
  for (const call of calls) {
    const [first = ""] = call.subjects;
    if (cheapestCall(parts, delegation, { ...call, subject: first }) === undefined)
      notTried(
        report,
        { ...subjectOf(call, first), required: false },
        "it has no call that is cheap and free of side effects",
      );
    else if (deniedOperations.has(call.operation))
      notTried(report, subjectOf(call, first), `${call.operation} was already denied for ${probeModel}`);
    else {
      const finding = await probeCall(parts, held, call, report);
      if (first === probeModel && finding?.cause === "role_policy") deniedOperations.add(call.operation);
    }
  }
  for (const pattern of unresolved)
    notTried(
      report,
      { probe: `call:${pattern}`, title: `${pattern} may be called`, required: true },
      "no known model matches the pattern; name one with --probe-model",
    );
}

function probeCall(
  parts: ProbeParts,
  held: Held,
  call: GrantedCall,
  report: Report,
): Promise<Finding | undefined> {
  return probedAs(report, async () => {
    const attempted = await attempt(parts, held, call);
    if (attempted === undefined) return undefined;
    const { subject, sent, finding } = attempted;
    return { subject: { ...subjectOf(call, subject), sent }, finding };
  });
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

function subjectOf({ operation, region }: GrantedCall, subject: string) {
  const about = subject === "" ? "" : ` on ${subject}`;
  return {
    probe: ["call", operation, region, subject].filter((part) => part !== "").join(":"),
    title: `${operation}${about} in ${region} is allowed`,
    required: true,
  };
}

/** One granted call with a session as the gateway uses it: narrowed by the session policy. */
export async function probeServed(
  parts: ProbeParts,
  held: Held,
  choice: Choice,
  report: Report,
): Promise<void> {
  for (const call of grantedCalls(held.delegation, choice).calls) {
    const finding = await probedAs(report, async () => {
      const attempted = await attempt(parts, held, call);
      return (
        attempted && {
          subject: {
            probe: "call_with_session_policy",
            title: "A client's session may make a granted call",
            required: true,
            sent: attempted.sent,
          },
          finding: attempted.finding,
        }
      );
    });
    if (finding) return;
  }
}
