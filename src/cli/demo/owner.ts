/** What the account owner does in the tour: makes the role from the template, fixes it, takes it back. */
import type { DelegationTemplate, PolicyDocument } from "../../iam/document.ts";
import type { Stage } from "./stage.ts";

/** Makes the template's role, with a trust policy of the owner's own where one is given. */
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

/** The slip that probes are for: a trust policy whose condition was left out. */
export function withoutConditions(trustPolicy: PolicyDocument): PolicyDocument {
  const Statement = trustPolicy.Statement.map(({ Condition: _condition, ...rest }) => rest);
  return { ...trustPolicy, Statement };
}
