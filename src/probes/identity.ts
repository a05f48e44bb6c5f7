/** Signet's own identity as STS says it, beside the one that a delegation's trust policy is written for. */
import type { Delegation } from "../core/delegation.ts";
import { principalOf } from "../core/principal.ts";

/** What the probes of a role are about. */
export interface Subject {
  delegation: Delegation;
  /** Signet's own ARN by GetCallerIdentity; undefined where it could not be learnt. */
  identity: string | undefined;
}

/** Fixes name Signet's own identity: as the delegation has it, else as STS says. */
export function withPrincipal(delegation: Delegation, identity: string | undefined): Delegation {
  if (delegation.trust.principal !== undefined || identity === undefined) return delegation;
  return { ...delegation, trust: { ...delegation.trust, principal: principalOf(identity) } };
}

/** Whether Signet runs as somebody else than the trust policy names. */
export function isAnotherPrincipal({ delegation, identity }: Subject): boolean {
  const { principal } = delegation.trust;
  if (principal === undefined || identity === undefined) return false;
  return withoutPath(principal) !== withoutPath(principalOf(identity));
}

function withoutPath(arn: string): string {
  return arn.replace(/:(user|role)\/.*\//, ":$1/");
}
