/** Whether the role gives sessions as Signet will ask for them: with their tags, source identity and duration. */
import type { Delegation } from "../core/delegation.ts";
import { assume, described, type Assumed, type Attempt } from "./assume.ts";
import { refused } from "./enforcement.ts";
import { mendBy, mendDuration, mendTrust } from "./mends.ts";
import type { ProbeParts } from "./parts.ts";
import { passed, probed, type Finding, type Report } from "./probe.ts";

/** Source: STS AssumeRole, `DurationSeconds`: role chaining. */
const CHAINED_SECONDS = 3600;

export async function probeSessionSettings(
  parts: ProbeParts,
  { delegation, identity }: { delegation: Delegation; identity: string | undefined },
  report: Report,
): Promise<void> {
  const { externalId, session } = delegation;
  const right: Attempt = externalId === undefined ? {} : { externalId };
  const ask = (attempt: Attempt) => assume(parts, delegation, { ...right, ...attempt });
  if (Object.keys(session.tags).length > 0)
    await probed(
      report,
      {
        probe: "session_tags",
        title: "The role takes the session tags",
        required: true,
        sent: described(delegation, `with tags ${Object.keys(session.tags).join(", ")}`),
      },
      async () => taken(await ask({ tags: session.tags }), delegation, "sts:TagSession"),
    );
  if (session.sourceIdentity !== undefined) {
    const { sourceIdentity } = session;
    await probed(
      report,
      {
        probe: "source_identity",
        title: "The role takes the source identity",
        required: true,
        sent: described(delegation, `with SourceIdentity ${sourceIdentity}`),
      },
      async () => taken(await ask({ sourceIdentity }), delegation, "sts:SetSourceIdentity"),
    );
  }
  const seconds = session.durationSeconds;
  await probed(
    report,
    {
      probe: "session_duration",
      title: `Sessions may last ${seconds} s`,
      required: true,
      sent: described(delegation, `for ${seconds} s`),
    },
    async () => durationFinding(await ask({ durationSeconds: seconds }), delegation, identity),
  );
}

function taken(assumed: Assumed, delegation: Delegation, action: string): Finding {
  if (assumed.ok) return passed("allowed");
  const finding = refused(assumed, delegation);
  if (finding.cause !== "trust_policy") return finding;
  const advice = `Put this trust policy on the role: it allows ${action} for what Signet sends.`;
  return { ...finding, mend: mendTrust(delegation, advice) };
}

function durationFinding(assumed: Assumed, delegation: Delegation, identity: string | undefined): Finding {
  if (assumed.ok) return passed("allowed");
  const answer = `${assumed.code}: ${assumed.message}`;
  if (assumed.code !== "ValidationError") return refused(assumed, delegation);
  const chained =
    delegation.session.durationSeconds > CHAINED_SECONDS &&
    (/chaining/.test(assumed.message) || identity?.includes(":assumed-role/") === true);
  if (!chained) return { status: "fail", answer, cause: "configuration", mend: mendDuration(delegation) };
  const advice =
    "Ask for at most 3600 s: Signet's own identity is a role, and a session that one role gets of another lasts an " +
    "hour at most, whatever its MaxSessionDuration. Signet renews sessions before they end.";
  return {
    status: "fail",
    answer,
    cause: "configuration",
    mend: mendBy("signet", advice, `signet delegation edit ${delegation.name} --session-duration 3600`),
  };
}
