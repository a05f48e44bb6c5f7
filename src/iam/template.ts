/** Everything that the account owner puts in place for a delegation, before it is written in any language. */
import type { Delegation } from "../core/delegation.ts";
import { PolicyError, type DelegationTemplate } from "./document.ts";
import { rolePolicy } from "./role-policy.ts";
import { trustPolicy } from "./trust-policy.ts";

export const POLICY_NAME = "signet-bedrock";

const ROLE_ARN = /^arn:[a-z-]+:iam::([0-9]{12}):role(\/(?:.*\/)?)([\w+=,.@-]{1,64})$/;
/** IAM takes no role whose sessions last less. */
const LEAST_MAX_SESSION = 3600;

/** Throws PolicyError where a policy can't be made, or where the delegation has no role. */
export function delegationTemplate(delegation: Delegation): DelegationTemplate {
  const [, account, rolePath, roleName] = ROLE_ARN.exec(delegation.roleArn ?? "") ?? [];
  if (account === undefined || rolePath === undefined || roleName === undefined)
    throw new PolicyError("roleArn", "is missing: a delegation without a role has no template");
  return {
    delegation: delegation.name,
    account,
    partition: delegation.partition,
    region: delegation.region,
    roleName,
    rolePath,
    description: `Lends Amazon Bedrock to Signet: delegation ${delegation.name}`,
    maxSessionDuration: Math.max(LEAST_MAX_SESSION, delegation.session.durationSeconds),
    trustPolicy: trustPolicy(delegation),
    policyName: POLICY_NAME,
    permissions: rolePolicy(delegation),
  };
}
