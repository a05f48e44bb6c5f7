/** Delegations: making them, with an External ID of Signet's own, and editing them. */
import type { Delegation, Grant } from "../core/delegation.ts";
import { randomId } from "../core/ids.ts";
import { partitionOf } from "../core/regions.ts";
import type { Store } from "../store/store.ts";
import type { z } from "zod";
import { alreadyExists, notFound, OperatorError, wrongState } from "./errors.ts";
import { delegationGrant } from "./grants.ts";
import { checked, delegationForm, editForm, type DelegationInput, type EditInput } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";
import { contradictions, requirePolicies } from "./rules.ts";

/** 28 base62 characters hold 166 random bits: nobody can guess another tenant's External ID. */
export function newExternalId(): string {
  return `sgx-${randomId(28)}`;
}

/**
 * Makes a `pending` delegation. Its External ID is always Signet's own making, so that no tenant can choose
 * another's (the confused deputy). Throws OperatorError `invalid` or `exists`.
 */
export async function createDelegation(
  store: Store,
  input: DelegationInput,
  operator: Operator,
): Promise<Delegation> {
  const form = checked(delegationForm, input);
  const delegation = delegationOf(form, operator.clock.now());
  requireSound(delegation, form.account);
  await store.transaction(async (tables) => {
    if (await tables.delegations.get(form.name)) throw alreadyExists("delegation", form.name);
    await tables.delegations.add(delegation);
    await recordChange(tables, operator, {
      action: "delegation.create",
      subject: `delegation/${form.name}`,
      before: null,
      after: delegation,
    });
  });
  return delegation;
}

function delegationOf(form: z.output<typeof delegationForm>, createdAt: number): Delegation {
  const partition = partitionOf(form.region) ?? "aws";
  const roleArn = roleArnOf(form, partition);
  const { tags, ...session } = form.session;
  return {
    name: form.name,
    state: "pending",
    account: accountOf(roleArn) ?? form.account ?? "",
    partition,
    ...(roleArn === undefined ? {} : { roleArn, externalId: newExternalId() }),
    trust: form.trust,
    role: form.role,
    region: form.region,
    grants: form.grants.map((grant) => delegationGrant(grant, form.region)),
    aliases: [],
    session: { ...session, tags: Object.fromEntries(tags) },
    recordContent: form.recordContent,
    createdAt,
  };
}

/** A role that is still to be made is known by its account and name. */
function roleArnOf(
  form: { roleArn?: string; account?: string; roleName?: string },
  partition: string,
): string | undefined {
  if (form.roleArn !== undefined || form.roleName === undefined || form.account === undefined)
    return form.roleArn;
  return `arn:${partition}:iam::${form.account}:role/${form.roleName}`;
}

function accountOf(roleArn: string | undefined): string | undefined {
  return roleArn?.split(":")[4];
}

/** Throws OperatorError `invalid` with every contradiction. `account` is what was named beside a role. */
function requireSound(delegation: Delegation, account?: string): void {
  const problems = contradictions(delegation, account);
  if (problems.length > 0) throw new OperatorError("invalid", problems);
  requirePolicies(delegation);
}

/**
 * Changes a delegation. Another role makes it `pending` again, to be proven anew; another account also gets a new
 * External ID, since one is never shared between two owners. Throws OperatorError.
 */
export async function editDelegation(
  store: Store,
  name: string,
  input: EditInput,
  operator: Operator,
): Promise<Delegation> {
  const form = checked(editForm, input);
  return store.transaction(async (tables) => {
    const before = await tables.delegations.get(name);
    if (!before) throw notFound("delegation", name);
    if (before.state === "revoked") throw wrongState("delegation", `${name} is revoked: create a new one`);
    const after = edited(before, form);
    requireSound(after);
    await tables.delegations.update(after);
    const subject = `delegation/${name}`;
    await recordChange(tables, operator, { action: "delegation.edit", subject, before, after });
    return after;
  });
}

function edited(before: Delegation, form: z.output<typeof editForm>): Delegation {
  const region = form.region ?? before.region;
  const { tags, ...session } = form.session ?? {};
  const after: Delegation = {
    ...before,
    region,
    partition: partitionOf(region) ?? before.partition,
    grants: form.grants?.map((grant) => delegationGrant(grant, region)) ?? movedGrants(before, region),
    session: merged(before.session, { ...session, ...(tags && { tags: Object.fromEntries(tags) }) }),
    recordContent: form.recordContent ?? before.recordContent,
    trust: merged(before.trust, form.trust),
    role: merged(before.role, form.role),
  };
  return form.roleArn === undefined || form.roleArn === before.roleArn
    ? after
    : withRole(after, form.roleArn);
}

/** `change` over `settings`; what it sets to null is gone. */
function merged<T extends object>(
  settings: T,
  change: { [Name in keyof T]?: T[Name] | null } | undefined,
): T {
  const entries = Object.entries({ ...settings, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as T;
}

/** Grants that named nothing but the old region follow to the new one. */
function movedGrants({ grants, region: old }: Delegation, region: string): Grant[] {
  return grants.map((grant) =>
    grant.regions.length === 1 && grant.regions[0] === old ? { ...grant, regions: [region] } : grant,
  );
}

function withRole(delegation: Delegation, roleArn: string): Delegation {
  const { nextExternalId: _next, previousExternalId: _previous, stateReason: _reason, ...rest } = delegation;
  const account = accountOf(roleArn) ?? delegation.account;
  const kept = account === delegation.account ? delegation.externalId : undefined;
  return { ...rest, state: "pending", roleArn, account, externalId: kept ?? newExternalId() };
}
