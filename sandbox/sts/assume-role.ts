/** AssumeRole: who may assume which role, and the resulting session. */
import { AwsError } from "../errors.ts";
import { isoSeconds, policiesOf } from "../iam/context.ts";
import type { IssuedSession, Role } from "../iam/identity.ts";
import { decideByTrust, reasonOf, type Decision } from "../iam/evaluate.ts";
import { parsePolicy } from "../iam/policy.ts";
import type { Policy } from "../iam/policy.ts";
import { contextOf } from "../world.ts";
import type { Signed, World } from "../world.ts";
import { invalid, packedPolicySize, readAssumeRole } from "./parameters.ts";
import type { AssumeRoleInput, AssumeRoleParameters } from "./parameters.ts";

/** AWS's limit if a role session assumes another role. */
const MAX_CHAINED_SECONDS = 3600;

export interface AssumedRole {
  session: IssuedSession;
  packedPolicySize: number;
  sourceIdentity: string | null;
}

export function assumeRole(world: World, signed: Signed, input: AssumeRoleInput): AssumedRole {
  const parameters = withInherited(readAssumeRole(input), signed);
  const policies = sessionPolicies(world, parameters);
  const packed = packedPolicySize(parameters);
  const role = authorize(world, signed, parameters);
  if (!world.directory.accounts.isRegionEnabled(role.account, signed.region))
    throw new AwsError(
      "RegionDisabledException",
      403,
      `STS is not activated in this region for account:${role.account}. Your account administrator can activate STS in this region using the IAM Console.`,
    );
  checkDuration(parameters.durationSeconds, role, signed);
  const issuedAt = world.now();
  const seconds = world.faults.sessionSeconds || parameters.durationSeconds;
  const session = world.directory.issueSession(role, {
    roleSessionName: parameters.roleSessionName,
    issuedAt,
    expiresAt: issuedAt + seconds * 1000,
    policies,
    scoped: [],
    tags: parameters.tags,
    transitiveTagKeys: parameters.transitiveTagKeys,
    sourceIdentity: parameters.sourceIdentity,
  });
  return { session, packedPolicySize: packed, sourceIdentity: parameters.sourceIdentity };
}

/** Role chaining passes on the calling session's source identity and transitive tags. */
function withInherited(parameters: AssumeRoleParameters, { principal }: Signed): AssumeRoleParameters {
  const { session } = principal;
  if (session === null) return parameters;
  const { sourceIdentity } = session;
  if (
    sourceIdentity !== null &&
    parameters.sourceIdentity !== null &&
    sourceIdentity !== parameters.sourceIdentity
  ) {
    throw invalid("The source identity of a role session can't be changed by role chaining.");
  }
  const tags = { ...parameters.tags };
  for (const key of session.transitiveTagKeys) {
    if (tags[key] !== undefined) throw invalid(`Tag key ${key} is inherited from the calling session.`);
    tags[key] = session.tags[key] ?? "";
  }
  return {
    ...parameters,
    tags,
    transitiveTagKeys: [...parameters.transitiveTagKeys, ...session.transitiveTagKeys],
    sourceIdentity: parameters.sourceIdentity ?? sourceIdentity,
  };
}

function sessionPolicies(world: World, { policy, policyArns }: AssumeRoleParameters): Policy[] | null {
  const managed = policyArns.map((arn) => {
    const found = world.directory.managedPolicy(arn);
    if (found === undefined) throw invalid(`The policy ${arn} does not exist or is not attachable.`);
    return found;
  });
  const inline = policy === null ? [] : [parsePolicy(policy, "session")];
  return managed.length + inline.length === 0 ? null : [...managed, ...inline];
}

function authorize(world: World, signed: Signed, parameters: AssumeRoleParameters): Role {
  const role = world.directory.role(parameters.roleArn);
  // STS's answer is the same for a role that doesn't exist and one that the caller may not assume.
  if (role === undefined) throw denied(signed, "sts:AssumeRole", parameters.roleArn);
  const { principal } = signed;
  const { identity } = principal;
  const caller = {
    account: identity.account,
    uniqueId: identity.uniqueId,
    arn: principal.arn,
    policies: policiesOf(principal),
  };
  const context = { ...contextOf(world, signed), ...assumeRoleContext(parameters) };
  for (const action of neededActions(parameters)) {
    const ask = { action, resource: role.arn, context };
    const decision = decideByTrust(role.trust, caller, { ask, account: role.account });
    if (!decision.allowed) throw denied(signed, action, role.arn, decision);
  }
  return role;
}

function neededActions({ tags, sourceIdentity }: AssumeRoleParameters): string[] {
  const actions = ["sts:AssumeRole"];
  if (Object.keys(tags).length > 0) actions.push("sts:TagSession");
  if (sourceIdentity !== null) actions.push("sts:SetSourceIdentity");
  return actions;
}

function assumeRoleContext(parameters: AssumeRoleParameters): Record<string, string[]> {
  const { roleSessionName, externalId, sourceIdentity, tags, transitiveTagKeys } = parameters;
  const context: Record<string, string[]> = { "sts:rolesessionname": [roleSessionName] };
  if (externalId !== null) context["sts:externalid"] = [externalId];
  if (sourceIdentity !== null) context["sts:sourceidentity"] = [sourceIdentity];
  if (transitiveTagKeys.length > 0) context["sts:transitivetagkeys"] = transitiveTagKeys;
  const keys = Object.keys(tags);
  if (keys.length > 0) context["aws:tagkeys"] = keys;
  for (const key of keys) context[`aws:requesttag/${key.toLowerCase()}`] = [tags[key] ?? ""];
  return context;
}

function checkDuration(seconds: number, role: Role, { principal }: Signed): void {
  if (principal.session !== null && seconds > MAX_CHAINED_SECONDS) {
    throw invalid(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (seconds > role.maxSessionDuration) {
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
}

/** A permission missing on the caller's own side is named; one missing in the trust policy is not. */
function denied({ principal }: Signed, action: string, resource: string, decision?: Decision): AwsError {
  const own = decision && !decision.allowed && decision.layer !== "resource-based policy";
  return new AwsError(
    "AccessDenied",
    403,
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${own ? ` ${reasonOf(decision, action)}` : ""}`,
  );
}

/** STS's timestamp form. */
export function expirationText(session: IssuedSession): string {
  return isoSeconds(session.expiresAt);
}
