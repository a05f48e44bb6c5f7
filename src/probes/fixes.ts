/** The exact changes that make failing probes pass. */
import type { Delegation } from "../core/delegation.ts";
import type { Fix } from "../core/verification.ts";
import { basePolicy } from "../iam/base-policy.ts";
import { PolicyError } from "../iam/document.ts";
import { cliPutRolePolicy, cliUpdateTrust } from "../iam/render/cli.ts";
import { rolePolicy } from "../iam/role-policy.ts";
import { POLICY_NAME } from "../iam/template.ts";
import { trustPolicy } from "../iam/trust-policy.ts";

export function roleNameOf(roleArn: string | undefined): string {
  return roleArn?.slice(roleArn.lastIndexOf("/") + 1) ?? "";
}

/** The role's trust policy as it must be. */
export function fixTrust(delegation: Delegation, advice: string): Fix {
  return orElse(delegation, "trust_policy", () => {
    const policy = trustPolicy(delegation);
    return {
      advice,
      where: "trust_policy",
      policy,
      commands: [cliUpdateTrust(roleNameOf(delegation.roleArn), policy)],
    };
  });
}

/**
 * The role's permissions as they must be: the policy is all that it needs, in place of every other. Without a role
 * they are Signet's own, beside what else it needs.
 */
export function fixRole(delegation: Delegation, advice: string): Fix {
  const { roleArn, trust } = delegation;
  const isOwn = roleArn === undefined;
  return orElse(delegation, "role_policy", () => {
    const policy = rolePolicy(delegation);
    if (isOwn && trust.principal?.includes(":user/") === true) {
      const advised = "Give Signet's own user this policy: it is compiled from the delegation's grants.";
      return { advice: advised, where: "signet_policy", policy, commands: [] };
    }
    const roleName = roleNameOf(isOwn ? trust.principal : roleArn);
    const commands = [cliPutRolePolicy(roleName, POLICY_NAME, policy)];
    return { advice, where: isOwn ? "signet_policy" : "role_policy", policy, commands };
  });
}

/** Beside the one that Signet makes, what a role's other policies allow or deny is the owner's to look up. */
export function fixOtherPolicies(delegation: Delegation, advice: string): Fix {
  const fix = fixRole(delegation, advice);
  const roleName = roleNameOf(delegation.roleArn);
  const list = [
    `aws iam list-role-policies --role-name ${roleName}`,
    `aws iam list-attached-role-policies --role-name ${roleName}`,
  ];
  return { ...fix, commands: [...list, ...fix.commands] };
}

/** What Signet's own user or role must be allowed. */
export function fixSignet(delegation: Delegation): Fix {
  return {
    advice: "Let Signet's own user or role assume the role: give it this policy, beside what it has.",
    where: "signet_policy",
    policy: basePolicy([delegation]),
    commands: ["signet policy base"],
  };
}

/** The role's MaxSessionDuration, or what the delegation asks for. */
export function fixDuration({ name, roleArn, session }: Delegation): Fix {
  const seconds = session.durationSeconds;
  return {
    advice: `Raise the role's MaxSessionDuration to ${seconds}, or ask for shorter sessions.`,
    where: "role",
    commands: [
      `aws iam update-role --role-name ${roleNameOf(roleArn)} --max-session-duration ${seconds}`,
      `signet delegation edit ${name} --session-duration 3600`,
    ],
  };
}

export function fixBy(where: "account" | "signet" | "role", advice: string, ...commands: string[]): Fix {
  return { advice, where, commands };
}

/** A policy that can't be written, for want of Signet's own ARN for instance, is fixed at Signet first. */
function orElse({ name }: Delegation, where: Fix["where"], make: () => Fix): Fix {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const advice = `The ${where.replace("_", " ")} can't be written: ${error.field} ${error.message}.`;
    return { advice, where: "signet", commands: [`signet delegation edit ${name} --help`] };
  }
}
