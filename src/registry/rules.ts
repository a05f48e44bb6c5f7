/** Checks that the parts of a delegation agree, and that AWS can accept its policies. */
import { outputPlace, ownOutput } from "../core/async-output.ts";
import { DEFAULT_ROLE, type Delegation, type Grant } from "../core/delegation.ts";
import { partitionOf } from "../core/regions.ts";
import { PolicyError } from "../iam/document.ts";
import { rolePolicy } from "../iam/role-policy.ts";
import { sessionLayers, SessionPolicyTooLarge } from "../iam/session-policy.ts";
import { trustPolicy } from "../iam/trust-policy.ts";
import { OperatorError, type Problem } from "./errors.ts";

/** T12: role, account, region, models and Signet's own identity must belong together. */
export function contradictions(delegation: Delegation, account?: string): Problem[] {
  const { roleArn, partition, trust } = delegation;
  const problems: Problem[] = [];
  const [, arnPartition, , , arnAccount] = roleArn?.split(":") ?? [];
  if (delegation.account === "") problems.push({ field: "account", message: "is required without a role" });
  if (account !== undefined && arnAccount !== undefined && account !== arnAccount)
    problems.push({ field: "account", message: `is not the role's account ${arnAccount}` });
  if (arnPartition !== undefined && arnPartition !== partition)
    problems.push({ field: "region", message: `is not in the role's partition ${arnPartition}` });
  if (trust.principal !== undefined && trust.principal.split(":")[1] !== partition)
    problems.push({
      field: "trust.principal",
      message: `is not in the partition ${partition}: roles can't be assumed across partitions`,
    });
  return [
    ...problems,
    ...guardrailProblems(delegation),
    ...mantleProblems(delegation),
    ...grantProblems(delegation),
  ];
}

/** Permissions for bedrock-mantle can't require a guardrail: calls through it could omit the required one. */
function mantleProblems({ role }: Delegation): Problem[] {
  if (!role.bedrockMantle || role.requiredGuardrail === undefined) return [];
  const message = "can't be allowed together with a required guardrail: calls through it name none";
  return [{ field: "role.bedrockMantle", message }];
}

/** A guardrail belongs to one account and region; inference elsewhere could never name it. */
function guardrailProblems({ role, account, region, grants }: Delegation): Problem[] {
  if (role.requiredGuardrail === undefined) return [];
  const [, , , arnRegion = region, arnAccount = account] = role.requiredGuardrail.startsWith("arn:")
    ? role.requiredGuardrail.split(":")
    : [];
  const field = "role.requiredGuardrail";
  if (arnRegion !== region || arnAccount !== account)
    return [{ field, message: `must be in the delegation's ${account} and ${region}` }];
  const elsewhere = grants.flatMap(({ regions }) => regions).filter((granted) => granted !== region);
  if (elsewhere.length === 0) return [];
  return [{ field, message: `is only in ${region}, but the grants also name ${elsewhere.join(", ")}` }];
}

function grantProblems(delegation: Delegation): Problem[] {
  return delegation.grants.flatMap((grant, at) => {
    const problems = grant.models.flatMap((model, index) =>
      modelProblems(delegation, grant, model).map((message) => ({
        field: `grants[${at}].models[${index}]`,
        message,
      })),
    );
    if (grant.models.length === 0) problems.push({ field: `grants[${at}].models`, message: "is required" });
    if (grant.regions.some((region) => partitionOf(region) !== delegation.partition))
      problems.push({
        field: `grants[${at}].regions`,
        message: "must be in the partition of the delegation's region",
      });
    return problems;
  });
}

/**
 * T44: a job is the client's below whose part of a place it writes, so no delegation's place may be within another's.
 * Throws OperatorError.
 */
export function requireApart(delegation: Delegation, others: readonly Delegation[]): void {
  const own = placeOf(delegation);
  if (own === undefined) return;
  const overlapping = others.find((other) => {
    const taken = placeOf(other);
    if (taken === undefined || taken === own || other.state === "revoked") return false;
    return own.startsWith(taken) || taken.startsWith(own);
  });
  if (overlapping === undefined) return;
  const message = `must not be within the place of the delegation ${overlapping.name}, nor around it`;
  throw new OperatorError("invalid", [{ field: "role.asyncOutput", message }]);
}

function placeOf({ role: { asyncOutput } }: Delegation): string | undefined {
  return asyncOutput === undefined ? undefined : `${outputPlace(asyncOutput)}/`;
}

function modelProblems(delegation: Delegation, grant: Grant, model: string): string[] {
  if (!model.startsWith("arn:")) return [];
  const [, partition, , region = "", account = ""] = model.split(":");
  const problems: string[] = [];
  if (partition !== delegation.partition) problems.push(`is not in the partition ${delegation.partition}`);
  if (/^\d/.test(account) && account !== delegation.account)
    problems.push(`is in the account ${account}, but the delegation in ${delegation.account}`);
  if (region !== "" && !region.includes("*") && !grant.regions.includes(region))
    problems.push(`is in ${region}, which is not one of the grant's regions`);
  return problems;
}

/** Throws OperatorError if IAM or STS would refuse the delegation's policies. */
export function requirePolicies(delegation: Delegation): void {
  requireSessionPolicy(delegation, delegation.grants, { field: "grants" });
  if (delegation.roleArn === undefined) return;
  try {
    rolePolicy(delegation);
    if (delegation.trust.principal !== undefined) trustPolicy(delegation);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new OperatorError("invalid", [{ field: error.field, message: error.message }]);
  }
}

/** As long as a client's name can be: it is in the session policy where asynchronous jobs write. */
const LONGEST_NAME = "n".repeat(57);

/** Throws OperatorError if STS would refuse the session policy of these grants for `client`, or for any client. */
export function requireSessionPolicy(
  delegation: Delegation,
  grants: readonly Grant[],
  { field, client = LONGEST_NAME }: { field: string; client?: string },
): void {
  if (delegation.roleArn === undefined) return;
  try {
    sessionLayers(grants, delegation, ownOutput(delegation.role, { name: client }));
    // Judged by the grants alone: the role's other permissions don't make a grant useful.
    const { scopedCredentials = false } = delegation.role;
    const [[text]] = sessionLayers(grants, delegation, { ...DEFAULT_ROLE, scopedCredentials });
    const { Statement } = JSON.parse(text) as { Statement: unknown[] };
    if (Statement.length > 0) return;
    const message = "allow nothing: none of the operations applies to any of the models";
    throw new OperatorError("invalid", [{ field, message }]);
  } catch (error) {
    if (!(error instanceof SessionPolicyTooLarge)) throw error;
    throw new OperatorError("invalid", [{ field, message: error.message }]);
  }
}
