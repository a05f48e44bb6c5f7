/** A role spoilt in one way, and what must be seen: the probe that finds it, and that its fix makes it pass. */
import type { Delegation } from "../../src/core/delegation.ts";
import type { Cause, Fix, ProbeResult } from "../../src/core/verification.ts";
import { named, open, policy, type LentRole } from "./lent-role.ts";

export interface Case {
  name: string;
  probe: string;
  cause: Cause;
  where: Fix["where"];
  delegation?: Partial<Delegation>;
  /** The role is there already. */
  spoil: (lent: LentRole) => void;
  /** What the advice says to people, where it is beyond the role's and Signet's own policies. */
  byHand?: (lent: LentRole) => void;
}

export const SIGNET = "123456789012";

export const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });

export const deny = (Action: string, Condition: object = {}) => ({
  Effect: "Deny",
  Action,
  Resource: "*",
  Condition,
});

/** Allows all but what the statements deny; without any, as if it weren't there. */
export function organization({ sandbox }: LentRole, account: string, ...statements: object[]): void {
  const policies = statements.length === 0 ? null : [policy(allow("*"), ...statements)];
  sandbox.iam.setServiceControlPolicies({ account, policies });
}

/** The probe before its fix, and what is still open after. */
export async function fixed(
  lent: LentRole,
  { probe, spoil, byHand }: Case,
): Promise<{ found: ProbeResult | undefined; left: string[] }> {
  lent.makeRole();
  spoil(lent);
  const found = named(await lent.verify({ deep: true }), probe);
  await fixAll(lent, byHand);
  return { found, left: open(await lent.verify({ deep: true })) };
}

/** One fix may uncover the next: a role that was made anew has no permissions yet. */
async function fixAll(lent: LentRole, byHand: Case["byHand"]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const failed = (await lent.verify({ deep: true })).probes.filter(({ status }) => status === "fail");
    if (failed.length === 0) return;
    for (const { fix } of failed) if (fix && !lent.apply(fix)) byHand?.(lent);
  }
}
