/** Compares Signet's own identity, as STS reports it, with the one in a delegation's trust policy. */
import type { Delegation } from "../core/delegation.ts";
import { principalOf } from "../core/principal.ts";

/** The subject of a role's probes. */
export interface Subject {
  delegation: Delegation;
  /** Signet's own ARN from GetCallerIdentity; undefined if it is unknown. */
  identity: string | undefined;
}

/** Fixes name Signet's own identity: the delegation's, otherwise the one that STS reports. */
export function withPrincipal(delegation: Delegation, identity: string | undefined): Delegation {
  if (delegation.trust.principal !== undefined || identity === undefined) return delegation;
  return { ...delegation, trust: { ...delegation.trust, principal: principalOf(identity) } };
}

/** Whether Signet runs as another principal than the trust policy names. */
export function isAnotherPrincipal({ delegation, identity }: Subject): boolean {
  const { principal } = delegation.trust;
  if (principal === undefined || identity === undefined) return false;
  return withoutPath(principal) !== withoutPath(principalOf(identity));
}

function withoutPath(arn: string): string {
  return arn.replace(/:(user|role)\/.*\//, ":$1/");
}
