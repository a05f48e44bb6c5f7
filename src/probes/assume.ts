/** AssumeRole as probes call it: with the External ID, without it, with wrong ones; and as the gateway calls it. */
import type { Credentials } from "../core/credentials.ts";
import type { Delegation } from "../core/delegation.ts";
import { assumeNarrowed } from "../credentials/narrowed.ts";
import type { AssumeRoleRequest } from "../credentials/sts.ts";
import { sessionLayers, SessionPolicyTooLarge } from "../iam/session-policy.ts";
import { PROBE_SESSION, type ProbeParts } from "./parts.ts";
import { networkMessage } from "./send.ts";

export interface Attempt {
  externalId?: string;
  durationSeconds?: number;
  tags?: Record<string, string>;
  sourceIdentity?: string;
}

export type Assumed =
  /** `layers`: the policies that narrow the session. */
  | { ok: true; credentials: Credentials; expiresAt: number; layers?: number }
  | { ok: false; code: string; message: string };

/** STS's minimum; probes need no more. */
const SHORTEST = 900;

export async function assume(parts: ProbeParts, delegation: Delegation, attempt: Attempt): Promise<Assumed> {
  try {
    return { ok: true, ...(await parts.source.assumeRole(requestOf(delegation, attempt))) };
  } catch (error) {
    return { ok: false, ...failureOf(error) };
  }
}

/** As the gateway does, narrowed to the delegation's grants. */
export async function assumeServed(
  { source }: ProbeParts,
  delegation: Delegation,
  attempt: Attempt,
): Promise<Assumed> {
  try {
    const { grants, role } = delegation;
    const layers = sessionLayers(grants, delegation, role);
    return { ok: true, ...(await assumeNarrowed(source, requestOf(delegation, attempt), layers)) };
  } catch (error) {
    if (error instanceof SessionPolicyTooLarge)
      return { ok: false, code: "PackedPolicyTooLarge", message: error.message };
    return { ok: false, ...failureOf(error) };
  }
}

function requestOf(delegation: Delegation, attempt: Attempt): AssumeRoleRequest {
  return {
    region: delegation.region,
    roleArn: delegation.roleArn ?? "",
    roleSessionName: PROBE_SESSION,
    durationSeconds: SHORTEST,
    tags: {},
    ...attempt,
  };
}

/**
 * STS names its errors with and without an `Exception` suffix. `ProxyError`: the HTTPS proxy opened no tunnel.
 * `ForeignAnswer`: an answer without STS's request id, such as a proxy's page. `NetworkError`: none.
 */
export function failureOf(error: unknown): { code: string; message: string } {
  const answer = error instanceof Error && "$metadata" in error ? answerOf(error.$metadata) : undefined;
  if (error instanceof Error && answer?.isOfSts)
    return { code: error.name.replace(/Exception$/, ""), message: error.message };
  if (answer) return { code: "ForeignAnswer", message: `HTTP ${answer.status}, which isn't STS's answer` };
  if (error instanceof Error && error.name === "ProxyError")
    return { code: "ProxyError", message: error.message };
  if (error instanceof Error && /Credential/i.test(error.name))
    return { code: "NoCredentials", message: error.message };
  return { code: "NetworkError", message: networkMessage(error) };
}

/** As the SDK describes an answer; undefined if there was none. */
function answerOf(metadata: unknown): { status: number; isOfSts: boolean } | undefined {
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  const status = Number(metadata.httpStatusCode);
  const isNamed = "requestId" in metadata && typeof metadata.requestId === "string";
  return { status, isOfSts: status >= 400 && isNamed };
}

/** `AssumeRole as signet-probe with ExternalId …`, without the id itself. */
export function described(delegation: Delegation, what: string): string {
  return `sts:AssumeRole on ${delegation.roleArn} ${what}`;
}
