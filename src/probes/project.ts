/**
 * Whether the role allows calls that name the account's default project. Bedrock's service model demands permission on
 * it; whether an account's older policies are spared is unknown, so that a role made before is warned of until Bedrock
 * itself denies its calls, which then fails their own probes. Source: botocore 1.44.8, bedrock-runtime, InvokeModel.
 */
import type { Delegation } from "../core/delegation.ts";
import type { Held } from "./attempts.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import type { Choice } from "./candidates.ts";
import { diagnose } from "./diagnose.ts";
import { grantedCalls } from "./granted-calls.ts";
import type { ProbeParts } from "./parts.ts";
import { probedAs, type Finding, type Report } from "./probe.ts";
import { isAboutModel, meaningOf } from "./said.ts";
import { send, type Answer } from "./send.ts";

const INVOKING = ["Converse", "InvokeModel", "ConverseStream", "InvokeModelWithResponseStream"];

/** In each granted region. A picked project is named by every call: their own probes show it. */
export async function probeProject(
  parts: ProbeParts,
  held: Held,
  choice: Choice,
  report: Report,
): Promise<void> {
  const { delegation } = held;
  if (delegation.role.project !== undefined) return;
  const calls = grantedCalls(delegation, choice).calls.filter(({ operation }) =>
    INVOKING.includes(operation),
  );
  for (const region of new Set(calls.map((call) => call.region)))
    await probedAs(report, async () => {
      const found = await firstTelling(
        parts,
        held,
        calls
          .filter((call) => call.region === region)
          .flatMap((call) => call.subjects.map((subject) => ({ ...call, subject }))),
      );
      return (
        found && {
          subject: {
            probe: `project:${region}`,
            title: `Calls in ${region} may name the account's default project`,
            required: false,
            sent: found.sent,
          },
          finding: found.finding,
        }
      );
    });
}

type Call = Parameters<typeof cheapestCall>[2];

async function firstTelling(parts: ProbeParts, { delegation, session, unfit }: Held, calls: readonly Call[]) {
  for (const call of calls) {
    if (unfit.has(`${call.region} ${call.subject}`)) continue;
    const request = cheapestCall(parts, delegation, { ...call, project: "default" });
    if (request === undefined) continue;
    const answer = await send(parts, session, request);
    if (isAboutModel(meaningOf(answer))) continue;
    const sent = `${request.method} ${request.path} in project default`;
    return { sent, finding: findingFor(answer, delegation, call) };
  }
  return undefined;
}

/** Only the project counts here; what else is wrong with the call is shown by its own probe. */
function findingFor(answer: Answer, delegation: Delegation, call: Call): Finding {
  const finding = diagnose(answer, delegation, call);
  if (finding.status === "pass" || finding.cause === "project") return finding;
  return { status: "unknown", answer: finding.answer };
}
