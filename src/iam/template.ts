/** Everything that the account owner creates for a delegation, independent of the template's language. */
import type { Delegation } from "../core/delegation.ts";
import { PolicyError, type DelegationTemplate } from "./document.ts";
import { rolePolicy } from "./role-policy.ts";
import { trustPolicy } from "./trust-policy.ts";

export const POLICY_NAME = "signet-bedrock";

const ROLE_ARN = /^arn:([a-z-]+):iam::([0-9]{12}):role(\/(?:.*\/)?)([\w+=,.@-]{1,64})$/;
/** IAM refuses a role with shorter sessions. */
const LEAST_MAX_SESSION = 3600;

/** Throws PolicyError if a policy can't be made, or if the delegation has no role. */
export function delegationTemplate(delegation: Delegation): DelegationTemplate {
  const { account, partition, trust } = delegation;
  const role = roleOf(delegation);
  if (role.partition !== partition || role.account !== account)
    throw new PolicyError("roleArn", `is not in the account ${account} of the partition ${partition}`);
  if (trust.principal !== undefined && trust.principal.split(":")[1] !== partition)
    throw new PolicyError(
      "trust.principal",
      `is not in the partition ${partition}: roles can't be assumed across partitions`,
    );
  return {
    delegation: delegation.name,
    account,
    partition,
    region: delegation.region,
    roleName: role.name,
    rolePath: role.path,
    description: `Delegates Amazon Bedrock access to Signet: delegation ${delegation.name}`,
    maxSessionDuration: Math.max(LEAST_MAX_SESSION, delegation.session.durationSeconds),
    trustPolicy: trustPolicy(delegation),
    policyName: POLICY_NAME,
    permissions: rolePolicy(delegation),
  };
}

function roleOf({ roleArn }: Delegation): { partition: string; account: string; path: string; name: string } {
  if (roleArn === undefined)
    throw new PolicyError("roleArn", "is missing: a delegation without a role has no template");
  const [, partition, account, path, name] = ROLE_ARN.exec(roleArn) ?? [];
  if (partition === undefined || account === undefined || path === undefined || name === undefined)
    throw new PolicyError("roleArn", "must be a role's ARN such as arn:aws:iam::111122223333:role/signet");
  return { partition, account, path, name };
}
