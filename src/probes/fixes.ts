/** The exact changes that make failing probes pass. */
import type { Delegation } from "../core/delegation.ts";
import type { Fix } from "../core/verification.ts";
import { basePolicy } from "../iam/base-policy.ts";
import { PolicyError, type PolicyDocument } from "../iam/document.ts";
import { cliPutRolePolicy, cliUpdateTrust } from "../iam/render/cli.ts";
import { rolePolicy } from "../iam/role-policy.ts";
import { POLICY_NAME } from "../iam/template.ts";
import { trustPolicy } from "../iam/trust-policy.ts";

export function roleNameOf(roleArn: string | undefined): string {
  return roleArn?.slice(roleArn.lastIndexOf("/") + 1) ?? "";
}

/** The trust policy that the role must have. */
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
 * The permissions that the role must have: this policy replaces every other. Without a role they are added to Signet's
 * own.
 */
export function fixRole(
  delegation: Delegation,
  advice: string,
  change = (policy: PolicyDocument): PolicyDocument => policy,
): Fix {
  const { roleArn, trust } = delegation;
  const isOwn = roleArn === undefined;
  return orElse(delegation, "role_policy", () => {
    const policy = change(rolePolicy(delegation));
    if (isOwn && trust.principal?.includes(":user/") === true) {
      const advised = "Give Signet's own user this policy: it is compiled from the delegation's grants.";
      return { advice: advised, where: "signet_policy", policy, commands: [] };
    }
    const roleName = roleNameOf(isOwn ? trust.principal : roleArn);
    const commands = [cliPutRolePolicy(roleName, POLICY_NAME, policy)];
    return { advice, where: isOwn ? "signet_policy" : "role_policy", policy, commands };
  });
}

/** For what the compiled policy doesn't cover: the same with one statement more. */
export function fixAllowing(delegation: Delegation, action: string, resource: string): Fix {
  const statement = { Effect: "Allow" as const, Action: [action], Resource: [resource] };
  const withStatement = (policy: PolicyDocument) => ({
    ...policy,
    Statement: [...policy.Statement, statement],
  });
  const advice = `Attach this inline policy to the role: it is compiled from the delegation's grants, with a statement for ${resource}, which AWS asks for besides.`;
  return fixRole(delegation, advice, withStatement);
}

/** Only the owner can inspect the role's policies that Signet didn't make. */
export function fixOtherPolicies(delegation: Delegation, advice: string): Fix {
  const fix = fixRole(delegation, advice);
  const roleName = roleNameOf(delegation.roleArn);
  const list = [
    `aws iam list-role-policies --role-name ${roleName}`,
    `aws iam list-attached-role-policies --role-name ${roleName}`,
  ];
  return { ...fix, commands: [...list, ...fix.commands] };
}

/** The permissions that Signet's own user or role needs. */
export function fixSignet(delegation: Delegation): Fix {
  return {
    advice: "Allow Signet's own user or role to assume the role: add this policy to it.",
    where: "signet_policy",
    policy: basePolicy([delegation]),
    commands: ["signet policy base"],
  };
}

/** Changes the role's MaxSessionDuration or the delegation's session duration. */
export function fixDuration({ name, roleArn, session }: Delegation): Fix {
  const seconds = session.durationSeconds;
  return {
    advice: `Raise the role's MaxSessionDuration to ${seconds}, or request shorter sessions.`,
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

export function fixProxy(): Fix {
  const advice =
    "Let requests to AWS's hosts pass the proxy unchanged: something in between answered in AWS's place, which says nothing about the role.";
  return fixBy("signet", advice, "signet doctor");
}

/** If a policy can't be written, for example because Signet's own ARN is unknown, that must be fixed first. */
function orElse({ name }: Delegation, where: Fix["where"], make: () => Fix): Fix {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const advice = `Signet can't write the ${where.replace("_", " ")}: ${error.field} ${error.message}.`;
    return { advice, where: "signet", commands: [`signet delegation edit ${name} --help`] };
  }
}
