/**
 * A session as its policies narrow it: AssumeRole with the first one, and GetScopedCredentials with each further one, on the
 * session of the one before. STS packs policy and tags into a form of its own, whose limit isn't described, so what is
 * short enough as text may still be too large: then the next candidate is tried, from AssumeRole on.
 */
import type { Layers } from "../iam/session-policy.ts";
import type { AssumeRoleRequest, CredentialSource, Expiring } from "./sts.ts";

export interface Narrowed extends Expiring {
  /** The policies that narrow it. */
  layers: number;
}

/** `candidates`: in the order to try. Rejects as the source does. */
export async function assumeNarrowed(
  source: Pick<CredentialSource, "assumeRole" | "scoped">,
  request: Omit<AssumeRoleRequest, "policy">,
  [layers, ...others]: readonly [Layers, ...Layers[]],
): Promise<Narrowed> {
  const [policy, ...further] = layers;
  try {
    let { credentials, expiresAt } = await source.assumeRole({ ...request, policy });
    for (const next of further)
      ({ credentials, expiresAt } = await source.scoped({
        region: request.region,
        session: credentials,
        policy: next,
      }));
    return { credentials, expiresAt, layers: layers.length };
  } catch (error) {
    const [following, ...rest] = others;
    if (following === undefined || !isTooLarge(error)) throw error;
    return assumeNarrowed(source, request, [following, ...rest]);
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith("PackedPolicyTooLarge");
}
