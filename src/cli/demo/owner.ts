/** The account owner's part in the tour: creates the role from the template, fixes it, revokes it. */
import type { DelegationTemplate, PolicyDocument } from "../../iam/document.ts";
import type { Stage } from "./stage.ts";

/** Creates the template's role, with the owner's own trust policy if given. */
export function makeRole(
  { sandbox }: Stage,
  template: DelegationTemplate,
  trustPolicy?: PolicyDocument,
): void {
  sandbox.iam.createRole({
    account: template.account,
    roleName: template.roleName,
    trustPolicy: trustPolicy ?? template.trustPolicy,
    inlinePolicies: { [template.policyName]: template.permissions },
    maxSessionDuration: template.maxSessionDuration,
  });
}

/** The mistake that probes are for: a trust policy without its condition. */
export function withoutConditions(trustPolicy: PolicyDocument): PolicyDocument {
  const Statement = trustPolicy.Statement.map(({ Condition: _condition, ...rest }) => rest);
  return { ...trustPolicy, Statement };
}
