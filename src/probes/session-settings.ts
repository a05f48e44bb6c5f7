/**
 * Whether the role allows sessions as the gateway requests them: with tags, source identity, duration and session
 * policy together. If it doesn't, each is requested separately to find out which one was refused.
 */
import type { Credentials } from "../core/credentials.ts";
import { assume, assumeServed, described, type Assumed, type Attempt } from "./assume.ts";
import type { Subject } from "./identity.ts";
import { fixBy, fixDuration, fixTrust } from "./fixes.ts";
import type { ProbeParts } from "./parts.ts";
import { notTried, passed, probed, type Finding, type Report } from "./probe.ts";
import { refused } from "./refused.ts";

/** Source: STS AssumeRole, `DurationSeconds`: role chaining. */
const CHAINED_SECONDS = 3600;

interface Setting {
  probe: string;
  title: string;
  sent: string;
  attempt: Attempt;
  judged: (assumed: Assumed) => Finding;
}

/** Resolves to a session as clients get it; undefined if STS issues none. */
export async function probeSessionSettings(
  parts: ProbeParts,
  subject: Subject,
  report: Report,
): Promise<Credentials | undefined> {
  const { delegation } = subject;
  const right: Attempt = delegation.externalId === undefined ? {} : { externalId: delegation.externalId };
  const settings = settingsOf(subject);
  const together = Object.assign({}, right, ...settings.map(({ attempt }) => attempt)) as Attempt;
  const served = await assumeServed(parts, delegation, together);
  const findings: Finding[] = [];
  for (const { probe, title, sent, attempt, judged } of settings)
    findings.push(
      await probed(report, { probe, title, required: true, sent: described(delegation, sent) }, async () =>
        judged(served.ok ? served : await assume(parts, delegation, { ...right, ...attempt })),
      ),
    );
  const whole = {
    probe: "session_policy",
    title: "STS issues sessions for clients, narrowed by the session policy",
    required: true,
  };
  const sent = described(delegation, "with the session policy and all settings");
  if (served.ok || findings.every(({ status }) => status === "pass"))
    await probed(report, { ...whole, sent }, async () => taken(served, subject));
  else notTried(report, whole, "it waits for the settings above");
  return served.ok ? served.credentials : undefined;
}

function settingsOf(subject: Subject): Setting[] {
  const { tags, sourceIdentity, durationSeconds } = subject.delegation.session;
  const settings: Setting[] = [];
  if (Object.keys(tags).length > 0)
    settings.push({
      probe: "session_tags",
      title: "The role accepts the session tags",
      sent: `with tags ${Object.keys(tags).join(", ")}`,
      attempt: { tags },
      judged: (assumed) => taken(assumed, subject, "sts:TagSession"),
    });
  if (sourceIdentity !== undefined)
    settings.push({
      probe: "source_identity",
      title: "The role accepts the source identity",
      sent: `with SourceIdentity ${sourceIdentity}`,
      attempt: { sourceIdentity },
      judged: (assumed) => taken(assumed, subject, "sts:SetSourceIdentity"),
    });
  settings.push({
    probe: "session_duration",
    title: `Sessions may last ${durationSeconds} s`,
    sent: `for ${durationSeconds} s`,
    attempt: { durationSeconds },
    judged: (assumed) => durationFinding(assumed, subject),
  });
  return settings;
}

function taken(assumed: Assumed, subject: Subject, action?: string): Finding {
  if (assumed.ok) return passed(`allowed${stepsOf(assumed.layers)}`);
  const finding = refused(assumed, subject);
  if (finding.cause !== "trust_policy" || action === undefined) return finding;
  const advice =
    `Set this trust policy on the role: it allows ${action} for what Signet sends. Signet's own user or role needs ` +
    "the action, too: `signet policy base` prints what it needs.";
  return { ...finding, fix: fixTrust(subject.delegation, advice) };
}

function stepsOf(layers = 1): string {
  return layers === 1
    ? ""
    : `, narrowed in ${layers} steps: by AssumeRole, and ${layers - 1} × by GetScopedCredentials`;
}

function durationFinding(assumed: Assumed, subject: Subject): Finding {
  if (assumed.ok) return passed("allowed");
  if (assumed.code !== "ValidationError") return refused(assumed, subject);
  const { delegation, identity } = subject;
  const answer = `${assumed.code}: ${assumed.message}`;
  const chained =
    delegation.session.durationSeconds > CHAINED_SECONDS &&
    (/chaining/.test(assumed.message) || identity?.includes(":assumed-role/") === true);
  if (!chained) return { status: "fail", answer, cause: "configuration", fix: fixDuration(delegation) };
  const advice =
    "Request at most 3600 s: Signet's own identity is a role, and with role chaining a session lasts at most an hour, " +
    "whatever the MaxSessionDuration. Signet renews sessions before they end.";
  const command = `signet delegation edit ${delegation.name} --session-duration ${CHAINED_SECONDS}`;
  return { status: "fail", answer, cause: "configuration", fix: fixBy("signet", advice, command) };
}
