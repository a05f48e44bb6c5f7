/** A role broken in one way, and what must follow: a probe finds it, and the probe's fix makes it pass. */
import type { Delegation } from "../../src/core/delegation.ts";
import type { Cause, Fix, ProbeResult } from "../../src/core/verification.ts";
import { named, open, policy, type DelegatedRole } from "./delegated-role.ts";

export interface Case {
  name: string;
  probe: string;
  cause: Cause;
  where: Fix["where"];
  delegation?: Partial<Delegation>;
  /** The role already exists. */
  spoil: (delegated: DelegatedRole) => void;
  /** What people do on the advice, if it isn't about the role's or Signet's own policies. */
  byHand?: (delegated: DelegatedRole) => void;
}

export const SIGNET = "123456789012";

export const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });

export const deny = (Action: string, Condition: object = {}) => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  Condition,
});

/** Allows everything except what the statements deny; without any, it has no effect. */
export function organization({ sandbox }: DelegatedRole, account: string, ...statements: object[]): void {
  const policies = statements.length === 0 ? null : [policy(allow("*"), ...statements)];
  sandbox.iam.setServiceControlPolicies({ account, policies });
}

/** The probe before its fix, and what is still open after. */
export async function fixed(
  delegated: DelegatedRole,
  { probe, spoil, byHand }: Case,
): Promise<{ found: ProbeResult | undefined; left: string[] }> {
  delegated.makeRole();
  spoil(delegated);
  const found = named(await delegated.verify({ deep: true }), probe);
  await fixAll(delegated, byHand);
  return { found, left: open(await delegated.verify({ deep: true })) };
}

/** One fix may uncover the next: a re-created role has no permissions yet. */
async function fixAll(delegated: DelegatedRole, byHand: Case["byHand"]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const failed = (await delegated.verify({ deep: true })).probes.filter(({ status }) => status === "fail");
    if (failed.length === 0) return;
    for (const { fix } of failed) if (fix && !delegated.apply(fix)) byHand?.(delegated);
  }
}
