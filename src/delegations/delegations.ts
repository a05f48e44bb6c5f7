/** Delegations: making them, with an External ID of Signet's own, putting them in use, ending them. */
import { systemClock, type Clock } from "../core/clock.ts";
import type { Delegation, Grant } from "../core/delegation.ts";
import { randomId } from "../core/ids.ts";
import { partitionOf } from "../core/regions.ts";
import { SessionPolicyTooLarge, sessionPolicy } from "../iam/session-policy.ts";
import type { Store } from "../store/store.ts";
import { alreadyExists, notFound, OperatorError, wrongState, type Problem } from "./errors.ts";
import { delegationGrant } from "./grants.ts";
import { checked, delegationForm, type DelegationInput } from "./input.ts";

/** 28 base62 characters hold 166 random bits: nobody can guess another tenant's External ID. */
function newExternalId(): string {
  return `sgx-${randomId(28)}`;
}

/**
 * Adds a `pending` delegation. Its External ID is always Signet's own making and never changes, so that no tenant
 * can choose another's (the confused deputy). Throws OperatorError `invalid` or `exists`.
 */
export async function addDelegation(
  store: Store,
  input: DelegationInput,
  clock: Clock = systemClock,
): Promise<Delegation> {
  const form = checked(delegationForm, input);
  const arn = form.roleArn?.split(":");
  const account = arn?.[4] ?? form.account;
  const partition = partitionOf(form.region);
  const grants = form.grants.map((grant) => delegationGrant(grant, form.region));
  const problems = [
    ...contradictions({ form, arnPartition: arn?.[1], arnAccount: arn?.[4], partition }),
    ...grantProblems(grants, partition),
  ];
  if (problems.length > 0 || account === undefined || partition === undefined)
    throw new OperatorError("invalid", problems);
  const { tags, ...session } = form.session;
  const delegation: Delegation = {
    name: form.name,
    state: "pending",
    account,
    partition,
    ...(form.roleArn === undefined ? {} : { roleArn: form.roleArn, externalId: newExternalId() }),
    region: form.region,
    grants,
    session: { ...session, tags: Object.fromEntries(tags) },
    recordContent: form.recordContent,
    createdAt: clock.now(),
  };
  requireSessionPolicy(delegation, grants, "grants");
  await store.transaction(async ({ delegations }) => {
    if (await delegations.get(form.name)) throw alreadyExists("delegation", form.name);
    await delegations.add(delegation);
  });
  return delegation;
}

/**
 * Puts a `pending` or `suspended` delegation in use. The operator vouches that its role denies AssumeRole without
 * this External ID. Throws OperatorError `not_found` or `wrong_state`.
 */
export async function activateDelegation(store: Store, name: string): Promise<Delegation> {
  return store.transaction(async ({ delegations }) => {
    const delegation = await delegations.get(name);
    if (!delegation) throw notFound("delegation", name);
    if (delegation.state === "revoked")
      throw wrongState("delegation", `${name} is revoked: add a new one, with a new External ID`);
    await delegations.setState(name, "active");
    return { ...delegation, state: "active" };
  });
}

/** Ends a delegation for good: its keys are refused at once. Its row stays, so its name can't be taken again. */
export async function removeDelegation(store: Store, name: string): Promise<Delegation> {
  return store.transaction(async ({ delegations }) => {
    const delegation = await delegations.get(name);
    if (!delegation) throw notFound("delegation", name);
    await delegations.setState(name, "revoked");
    return { ...delegation, state: "revoked" };
  });
}

/** Throws OperatorError where STS would refuse the session policy that these grants lead to. */
export function requireSessionPolicy(delegation: Delegation, grants: readonly Grant[], field: string): void {
  if (delegation.roleArn === undefined) return;
  try {
    const { Statement } = JSON.parse(sessionPolicy([...grants], delegation)) as { Statement: unknown[] };
    if (Statement.length > 0) return;
    const message = "allow nothing: none of the operations is about any of the models";
    throw new OperatorError("invalid", [{ field, message }]);
  } catch (error) {
    if (!(error instanceof SessionPolicyTooLarge)) throw error;
    throw new OperatorError("invalid", [{ field, message: error.message }]);
  }
}

interface Claims {
  form: { account?: string; roleArn?: string; region: string };
  arnPartition: string | undefined;
  arnAccount: string | undefined;
  /** The region's. */
  partition: string | undefined;
}

/** T12: role, account and region must belong together. */
function contradictions({ form, arnPartition, arnAccount, partition }: Claims): Problem[] {
  const problems: Problem[] = [];
  if (form.account === undefined && form.roleArn === undefined)
    problems.push({ field: "account", message: "is required where no role is named" });
  if (form.account !== undefined && arnAccount !== undefined && form.account !== arnAccount)
    problems.push({ field: "account", message: `is not the role's account ${arnAccount}` });
  if (arnPartition !== undefined && arnPartition !== partition)
    problems.push({ field: "region", message: `is not in the role's partition ${arnPartition}` });
  return problems;
}

function grantProblems(grants: readonly Grant[], partition: string | undefined): Problem[] {
  return grants.flatMap((grant, at) => {
    const problems: Problem[] = [];
    if (grant.models.length === 0) problems.push({ field: `grants[${at}].models`, message: "is required" });
    if (grant.regions.some((region) => partitionOf(region) !== partition))
      problems.push({
        field: `grants[${at}].regions`,
        message: "must be in the partition of the delegation's region",
      });
    return problems;
  });
}
