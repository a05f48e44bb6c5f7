/**
 * Whether the role demands its External ID: assumed with it, then without, with wrong ones, by someone else.
 *
 * A denial alone proves nothing (STS denies roles that don't exist in the same words), so the denials count only once
 * the right External ID has succeeded. Source: the IAM user guide, "The confused deputy problem".
 */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import { randomId } from "../core/ids.ts";
import type { Mend } from "../core/verification.ts";
import { awsCredentialSource } from "../credentials/sts.ts";
import { assume, described, type Assumed, type Attempt } from "./assume.ts";
import { mendBy, mendSignet, mendTrust } from "./mends.ts";
import type { ProbeParts } from "./parts.ts";
import { notTried, passed, probed, type Finding, type Report } from "./probe.ts";

export interface Enforcement {
  /** A session without a session policy: all that the role may do. */
  session: Credentials | undefined;
  /** Whether anything was allowed that must not be. */
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
    title: "The role trusts no other principal (its own sessions stand for one)",
    required: true,
  },
] as const;

export async function probeEnforcement(
  parts: ProbeParts,
  delegation: Delegation,
  report: Report,
): Promise<Enforcement> {
  const { externalId } = delegation;
  const right: Attempt = externalId === undefined ? {} : { externalId };
  let session: Credentials | undefined;
  await probed(
    report,
    {
      probe: "assume_with_external_id",
      title: "Signet can assume the role with the External ID",
      required: true,
      sent: described(delegation, "with the External ID"),
    },
    async () => {
      const assumed = await assume(parts, delegation, right);
      if (!assumed.ok) return refused(assumed, delegation);
      session = assumed.credentials;
      return passed("allowed");
    },
  );
  if (session === undefined) {
    for (const negative of NEGATIVES)
      notTried(report, negative, "a denial proves nothing until the right External ID succeeds");
    return { session, unenforced: false };
  }
  const unenforced = await probeDenials(parts, { delegation, session }, report);
  await probeRotation(parts, delegation, report);
  return { session, unenforced };
}

/** Resolves to whether anything was allowed. */
async function probeDenials(
  parts: ProbeParts,
  { delegation, session }: { delegation: Delegation; session: Credentials },
  report: Report,
): Promise<boolean> {
  const [without, wrong, another] = NEGATIVES;
  const loose = mendTrust(
    delegation,
    "Put this trust policy on the role: it demands exactly this External ID.",
  );
  const attempts = wrongIds(delegation.externalId ?? "").map((externalId) => ({ externalId }));
  const findings = [
    await probed(report, { ...without, sent: described(delegation, "without an External ID") }, () =>
      mustBeDenied([() => assume(parts, delegation, {})], loose),
    ),
    await probed(
      report,
      { ...wrong, sent: described(delegation, `with ${attempts.length} wrong ones`) },
      () =>
        mustBeDenied(
          attempts.map((attempt) => () => assume(parts, delegation, attempt)),
          loose,
        ),
    ),
    await probed(report, { ...another, sent: described(delegation, "by a session of the role itself") }, () =>
      mustBeDenied(
        [() => assume(asSession(parts, session), delegation, { externalId: delegation.externalId ?? "" })],
        mendTrust(delegation, "Put this trust policy on the role: it names Signet's own identity alone."),
      ),
    ),
  ];
  return findings.some(({ status }) => status === "fail");
}

/** Ids that a wildcard, a prefix, or a comparison without case would let pass. */
function wrongIds(right: string): string[] {
  const swapped = right.replace(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
  const candidates = [`sgx-${randomId(28)}`, `${right}0`, `0${right}`, right.slice(0, -1), swapped];
  return candidates.filter((id) => id !== right && id.length >= 2);
}

/** The same ways to AWS, by another principal's credentials. */
function asSession(parts: ProbeParts, base: Credentials): ProbeParts {
  const { fips, dualstack, endpoints } = parts.aws;
  const endpoint = endpoints.sts === undefined ? {} : { endpoint: endpoints.sts };
  return { ...parts, source: awsCredentialSource({ fips, dualstack, base, ...endpoint }) };
}

async function mustBeDenied(attempts: (() => Promise<Assumed>)[], mend: Mend): Promise<Finding> {
  let answer = "";
  for (const attempt of attempts) {
    const assumed = await attempt();
    if (assumed.ok) return { status: "fail", answer: "allowed", cause: "external_id", mend };
    if (assumed.code !== "AccessDenied")
      return { status: "unknown", answer: `${assumed.code}: ${assumed.message}` };
    answer = `${assumed.code}`;
  }
  return passed(answer);
}

/** During a rotation: whether the role accepts the next External ID, and refuses the previous one. */
async function probeRotation(parts: ProbeParts, delegation: Delegation, report: Report): Promise<void> {
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
        const assumed = await assume(parts, delegation, { externalId: nextExternalId });
        if (assumed.ok) return passed("allowed");
        const advice = "Put this trust policy on the role: for the rotation it accepts both External IDs.";
        const answer = `${assumed.code}: ${assumed.message}`;
        return { status: "fail", answer, cause: "external_id", mend: mendTrust(delegation, advice) };
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
          [() => assume(parts, delegation, { externalId: previousExternalId })],
          mendTrust(delegation, "Put this trust policy on the role: it accepts the new External ID alone."),
        ),
    );
}

/** Why the role could not be assumed with the right External ID. */
export function refused(
  { code, message }: { code: string; message: string },
  delegation: Delegation,
): Finding {
  const answer = `${code}: ${message}`;
  if (code === "NetworkError" || /^(?:Throttling|InternalFailure|ServiceUnavailable)/.test(code))
    return { status: "unknown", answer, cause: code === "NetworkError" ? "network" : "throttling" };
  if (code === "RegionDisabled")
    return {
      status: "fail",
      answer,
      cause: "region",
      mend: mendBy(
        "account",
        `Activate STS in ${delegation.region} for the account, or give the delegation another region.`,
        `signet delegation edit ${delegation.name} --region us-east-1`,
      ),
    };
  if (code !== "AccessDenied")
    return {
      status: "fail",
      answer,
      cause: "configuration",
      mend: mendBy("signet", "Check the role's ARN.", `signet delegation edit ${delegation.name} --help`),
    };
  if (/service control policy/.test(message))
    return {
      status: "fail",
      answer,
      cause: "service_control_policy",
      mend: mendBy(
        "account",
        "Let the organization's service control policies allow sts:AssumeRole on this role.",
      ),
    };
  if (/identity-based policy|permissions boundary/.test(message))
    return { status: "fail", answer, cause: "signet_policy", mend: mendSignet(delegation) };
  const advice =
    "Make the role if there is none of this name, and put this trust policy on it: it names Signet and its External ID. " +
    "(STS denies a missing role, another principal and another External ID in the same words.)";
  return { status: "fail", answer, cause: "trust_policy", mend: mendTrust(delegation, advice) };
}
