/**
 * Whether a role has been revoked by its owner: it can no longer be assumed, and an earlier session is denied. For
 * that, a session is kept in memory, and a call that it could make is repeated.
 */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import type { ProbeResult, ProbeStatus } from "../core/verification.ts";
import { REVOCATION_POLICY_NAME, revocationPolicy } from "../iam/revocation-policy.ts";
import { cliPutRolePolicy } from "../iam/render/cli.ts";
import { assume, described } from "./assume.ts";
import { cheapestCall } from "./bedrock-calls.ts";
import { grantedCalls } from "./granted-calls.ts";
import { fixBy, roleNameOf } from "./fixes.ts";
import type { ProbeParts } from "./parts.ts";
import { passed, probed, type Finding, type Report } from "./probe.ts";
import { send, type ProbeRequest } from "./send.ts";

export interface HeldSession {
  credentials: Credentials;
  /** Epoch milliseconds: when it was obtained. */
  since: number;
  /** A call that AWS allowed it. */
  call: ProbeRequest;
}

export interface RevocationProof {
  /** `pass`: both were denied. `unknown`: the role can't be assumed, but there was no earlier session to try. */
  status: ProbeStatus;
  probes: ProbeResult[];
}

/** A session that can make a granted call; undefined if the role can't be assumed or allows none. */
export async function holdSession(
  parts: ProbeParts,
  delegation: Delegation,
  probeModel?: string,
): Promise<HeldSession | undefined> {
  const { externalId } = delegation;
  const assumed = await assume(parts, delegation, externalId === undefined ? {} : { externalId });
  if (!assumed.ok) return undefined;
  const { credentials } = assumed;
  const choice = { now: parts.clock.now(), ...(probeModel === undefined ? {} : { probeModel }) };
  for (const granted of grantedCalls(delegation, choice).calls) {
    for (const subject of granted.subjects) {
      const call = cheapestCall(parts, delegation, { ...granted, subject });
      if (call === undefined) continue;
      if ((await send(parts, credentials, call)).ok) return { credentials, since: parts.clock.now(), call };
    }
  }
  return undefined;
}

/** Checks once. `held` is a session from before the role was revoked. */
export async function checkRevoked(
  parts: ProbeParts,
  delegation: Delegation,
  held: HeldSession | undefined,
): Promise<RevocationProof> {
  const probes: ProbeResult[] = [];
  const report: Report = { clock: parts.clock, add: (result) => void probes.push(result) };
  await probed(
    report,
    {
      probe: "role_not_assumable",
      title: "The role can no longer be assumed",
      required: true,
      sent: described(delegation, "with the External ID"),
    },
    () => roleFinding(parts, delegation),
  );
  await probed(
    report,
    {
      probe: "old_session_denied",
      title: "An earlier session is denied",
      required: true,
      sent: held === undefined ? null : `${held.call.method} ${held.call.path}`,
    },
    () => sessionFinding(parts, delegation, held),
  );
  const statuses = probes.map(({ status }) => status);
  const status = statuses.includes("fail") ? "fail" : statuses.includes("unknown") ? "unknown" : "pass";
  return { status, probes };
}

async function roleFinding(parts: ProbeParts, delegation: Delegation): Promise<Finding> {
  const { externalId } = delegation;
  const assumed = await assume(parts, delegation, externalId === undefined ? {} : { externalId });
  if (!assumed.ok) {
    const answer = `${assumed.code}: ${assumed.message}`;
    return assumed.code === "AccessDenied" ? passed(assumed.code) : { status: "unknown", answer };
  }
  const advice = "Remove Signet from the role's trust policy, or delete the role.";
  return {
    status: "fail",
    answer: "allowed",
    cause: "trust_policy",
    fix: fixBy("role", advice, `aws iam delete-role --role-name ${roleNameOf(delegation.roleArn)}`),
  };
}

/** A deleted role's sessions are unknown to AWS; a denying policy's are denied. */
const ENDED = /^(?:AccessDenied|UnrecognizedClient|InvalidClientTokenId|ExpiredToken)/;

async function sessionFinding(
  parts: ProbeParts,
  delegation: Delegation,
  held: HeldSession | undefined,
): Promise<Finding> {
  if (held === undefined) {
    const until = new Date(parts.clock.now() + delegation.session.durationSeconds * 1000).toISOString();
    return { status: "unknown", answer: `no session to try; any older one ends by ${until}` };
  }
  const answer = await send(parts, held.credentials, held.call);
  if (!answer.ok && ENDED.test(answer.code)) return passed(answer.code);
  if (!answer.ok) return { status: "unknown", answer: `${answer.code}: ${answer.message}` };
  const policy = revocationPolicy(afterIssue(held.since));
  return {
    status: "fail",
    answer: `HTTP ${answer.message}: AWS still accepts it`,
    cause: "role_policy",
    fix: {
      advice: "Attach this inline policy to the role: it denies everything to sessions issued earlier.",
      where: "role_policy",
      policy,
      commands: [cliPutRolePolicy(roleNameOf(delegation.roleArn), REVOCATION_POLICY_NAME, policy)],
    },
  };
}

/** IAM's times have whole seconds. */
function afterIssue(since: number): Date {
  return new Date((Math.floor(since / 1000) + 1) * 1000);
}
