/**
 * AssumeRole under a session policy that has several forms. STS packs policy and tags into a form of its own, whose limit
 * isn't described, so one that is short enough as text may still be too large: then the next shorter one is tried.
 */
import type { AssumeRoleRequest, CredentialSource, Expiring } from "./sts.ts";

/** `forms`: the most exact one first. Rejects as `assumeRole` does. */
export async function assumeNarrowed(
  source: Pick<CredentialSource, "assumeRole">,
  request: Omit<AssumeRoleRequest, "policy">,
  [policy, ...shorter]: readonly [string, ...string[]],
): Promise<Expiring> {
  try {
    return await source.assumeRole({ ...request, policy });
  } catch (error) {
    const [next, ...others] = shorter;
    if (next === undefined || !isTooLarge(error)) throw error;
    return assumeNarrowed(source, request, [next, ...others]);
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith("PackedPolicyTooLarge");
}
