/**
 * Whether the role requires its External ID: it is assumed with it, without it, with wrong ones, and by another
 * principal.
 *
 * A denial alone proves nothing (STS denies roles that don't exist in the same words), so the denials count only once
 * the right External ID has succeeded. Source: the IAM user guide, "The confused deputy problem".
 */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import type { Cause, Fix } from "../core/verification.ts";
import { awsCredentialSource } from "../credentials/sts.ts";
import { assume, described, type Assumed, type Attempt } from "./assume.ts";
import type { Subject } from "./identity.ts";
import { fixTrust } from "./fixes.ts";
import type { ProbeParts } from "./parts.ts";
import { notTried, passed, probed, type Finding, type Report } from "./probe.ts";
import { refused, undecided } from "./refused.ts";
import { wrongIds } from "./wrong-ids.ts";

export interface Enforcement {
  /** A session without a session policy: it may do everything that the role may. */
  session: Credentials | undefined;
  /** Whether the role was assumed without the External ID, or with a wrong one. */
  unenforced: boolean;
}

const NEGATIVES = [
  {
    probe: "assume_without_external_id",
    title: "The role can't be assumed without the External ID",
    required: true,
  },
  {
    probe: "assume_with_wrong_external_id",
    title: "The role can't be assumed with a wrong External ID",
    required: true,
  },
  {
    probe: "assume_by_another_principal",
    title: "The role trusts no other principal (tried with its own session)",
    required: true,
  },
] as const;

export async function probeEnforcement(
  parts: ProbeParts,
  subject: Subject,
  report: Report,
): Promise<Enforcement> {
  const { delegation } = subject;
  let allowed: Allowed | undefined;
  await probed(
    report,
    {
      probe: "assume_with_external_id",
      title: "Signet can assume the role with the External ID",
      required: true,
      sent: described(delegation, "with the External ID"),
    },
    async () => {
      const { assumed, settings } = await assumeAsIs(parts, delegation);
      if (!assumed.ok) return refused(assumed, subject);
      allowed = { delegation, session: assumed.credentials, settings };
      return passed("allowed");
    },
  );
  if (allowed === undefined) {
    for (const negative of NEGATIVES)
      notTried(report, negative, "a denial proves nothing until the right External ID succeeds");
    return { session: undefined, unenforced: false };
  }
  const unenforced = await probeDenials(parts, allowed, report);
  await probeRotation(parts, allowed, report);
  return { session: allowed.session, unenforced };
}

/** The request that succeeded. Each denied request differs from it in one thing, so only that can be the reason. */
interface Allowed {
  delegation: Delegation;
  session: Credentials;
  settings: Attempt;
}

/** An owner may also require the tags or the source identity: then they are part of every attempt. */
async function assumeAsIs(
  parts: ProbeParts,
  delegation: Delegation,
): Promise<{ assumed: Assumed; settings: Attempt }> {
  const { tags, sourceIdentity } = delegation.session;
  const right = attemptWith(delegation.externalId);
  const assumed = await assume(parts, delegation, right);
  const bare = Object.keys(tags).length === 0 && sourceIdentity === undefined;
  if (assumed.ok || assumed.code !== "AccessDenied" || bare) return { assumed, settings: {} };
  const settings = { tags, ...(sourceIdentity === undefined ? {} : { sourceIdentity }) };
  const second = await assume(parts, delegation, { ...settings, ...right });
  return second.ok ? { assumed: second, settings } : { assumed, settings: {} };
}

function attemptWith(externalId: string | undefined): Attempt {
  return externalId === undefined ? {} : { externalId };
}

/** Resolves to true if the External ID turned out not to be required. */
async function probeDenials(parts: ProbeParts, allowed: Allowed, report: Report): Promise<boolean> {
  const { delegation, session, settings } = allowed;
  const [without, wrong, another] = NEGATIVES;
  const loose = {
    cause: "external_id",
    fix: fixTrust(delegation, "Set this trust policy on the role: it requires exactly this External ID."),
  } as const;
  const wrongAttempts = wrongIds(delegation).map((externalId) => ({ ...settings, externalId }));
  const findings = [
    await probed(report, { ...without, sent: described(delegation, "without an External ID") }, () =>
      mustBeDenied(parts, { delegation, attempts: [settings] }, loose),
    ),
    await probed(
      report,
      { ...wrong, sent: described(delegation, `with ${wrongAttempts.length} wrong ones`) },
      () => mustBeDenied(parts, { delegation, attempts: wrongAttempts }, loose),
    ),
  ];
  const right = { ...settings, ...attemptWith(delegation.externalId) };
  await probed(report, { ...another, sent: described(delegation, "by a session of the role itself") }, () =>
    mustBeDenied(
      asSession(parts, session),
      { delegation, attempts: [right] },
      {
        cause: "trust_policy",
        fix: fixTrust(delegation, "Set this trust policy on the role: it names only Signet's own identity."),
      },
    ),
  );
  return findings.some(({ status }) => status === "fail");
}

/** The same parts with another principal's credentials. */
function asSession(parts: ProbeParts, base: Credentials): ProbeParts {
  const { fips, dualstack, endpoints, proxy } = parts.aws;
  const endpoint = endpoints.sts === undefined ? {} : { endpoint: endpoints.sts };
  return {
    ...parts,
    source: awsCredentialSource({ fips, dualstack, base, ...(proxy && { proxy }), ...endpoint }),
  };
}

async function mustBeDenied(
  parts: ProbeParts,
  { delegation, attempts }: { delegation: Delegation; attempts: readonly Attempt[] },
  otherwise: { cause: Cause; fix: Fix },
): Promise<Finding> {
  for (const attempt of attempts) {
    const assumed = await assume(parts, delegation, attempt);
    if (assumed.ok) return { status: "fail", answer: "allowed", ...otherwise };
    if (assumed.code !== "AccessDenied")
      return undecided(assumed) ?? { status: "unknown", answer: `${assumed.code}: ${assumed.message}` };
  }
  return passed("AccessDenied");
}

/** During a rotation: whether the role accepts the next External ID, and refuses the previous one. */
async function probeRotation(
  parts: ProbeParts,
  { delegation, settings }: Allowed,
  report: Report,
): Promise<void> {
  const { nextExternalId, previousExternalId } = delegation;
  if (nextExternalId !== undefined)
    await probed(
      report,
      {
        probe: "assume_with_next_external_id",
        title: "The role accepts the next External ID",
        required: false,
        sent: described(delegation, "with the next External ID"),
      },
      async () => {
        const assumed = await assume(parts, delegation, { ...settings, externalId: nextExternalId });
        if (assumed.ok) return passed("allowed");
        const advice = "Set this trust policy on the role: it accepts both External IDs during the rotation.";
        const answer = `${assumed.code}: ${assumed.message}`;
        const failed: Finding = {
          status: "fail",
          answer,
          cause: "external_id",
          fix: fixTrust(delegation, advice),
        };
        return undecided(assumed) ?? failed;
      },
    );
  if (previousExternalId !== undefined)
    await probed(
      report,
      {
        probe: "assume_with_previous_external_id",
        title: "The role refuses the previous External ID",
        required: false,
        sent: described(delegation, "with the previous External ID"),
      },
      () =>
        mustBeDenied(
          parts,
          { delegation, attempts: [{ ...settings, externalId: previousExternalId }] },
          {
            cause: "external_id",
            fix: fixTrust(
              delegation,
              "Set this trust policy on the role: it accepts only the new External ID.",
            ),
          },
        ),
    );
}
