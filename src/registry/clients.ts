/** Clients: the teams and applications that call, and the delegations they belong to. */
import type { z } from "zod";
import type { Client } from "../core/delegation.ts";
import type { Membership, Store, Tables } from "../store/store.ts";
import { intersectGrants } from "../iam/intersect.ts";
import { alreadyExists, notFound, OperatorError, wrongState } from "./errors.ts";
import { impossibleGrants, narrowerGrant } from "./grants.ts";
import { checked, clientForm, membershipForm, type ClientInput, type MembershipInput } from "./input.ts";
import { recordChange, type Operator } from "./operator.ts";
import { requireSessionPolicy } from "./rules.ts";

/** Adds a client to its delegations. Throws OperatorError. */
export async function addClient(store: Store, input: ClientInput, operator: Operator): Promise<Client> {
  const form = checked(clientForm, input);
  const names = form.delegations.map(({ delegation }) => delegation);
  if (new Set(names).size < names.length)
    throw new OperatorError("invalid", [{ field: "delegations", message: "must name each delegation once" }]);
  return store.transaction(async (tables) => {
    if (await tables.clients.get(form.name)) throw alreadyExists("client", form.name);
    const delegations: Membership[] = [];
    for (const [at, membership] of form.delegations.entries())
      delegations.push(await membershipIn(tables, membership, `delegations[${at}].grants`));
    const client: Client = { name: form.name, delegations, createdAt: operator.clock.now() };
    await tables.clients.add(client);
    await recordChange(tables, operator, {
      action: "client.add",
      subject: `client/${form.name}`,
      before: null,
      after: client,
    });
    return client;
  });
}

/** Adds an existing client to one more delegation. Throws OperatorError. */
export async function joinDelegation(
  store: Store,
  name: string,
  input: MembershipInput,
  operator: Operator,
): Promise<Client> {
  const form = checked(membershipForm, input);
  return store.transaction(async (tables) => {
    const client = await tables.clients.get(name);
    if (!client) throw notFound("client", name);
    requireUnrevoked(client);
    if (client.delegations.some(({ delegation }) => delegation === form.delegation))
      throw new OperatorError("exists", [{ field: "delegation", message: `${name} already belongs to it` }]);
    const membership = await membershipIn(tables, form, "grants");
    await tables.clients.join(name, membership);
    const after = { ...client, delegations: [...client.delegations, membership] };
    await recordChange(tables, operator, {
      action: "client.join",
      subject: `client/${name}`,
      before: client,
      after,
    });
    return after;
  });
}

/** Revokes a client permanently: all of its keys are refused immediately. Throws OperatorError `not_found`. */
export async function revokeClient(store: Store, name: string, operator: Operator): Promise<Client> {
  return store.transaction(async (tables) => {
    const client = await tables.clients.get(name);
    if (!client) throw notFound("client", name);
    if (client.revokedAt !== undefined) return client;
    const after = { ...client, revokedAt: operator.clock.now() };
    await tables.clients.revoke(name, after.revokedAt);
    const subject = `client/${name}`;
    await recordChange(tables, operator, { action: "client.revoke", subject, before: client, after });
    return after;
  });
}

/** Throws OperatorError `wrong_state` for a revoked client. */
export function requireUnrevoked(client: Client): void {
  if (client.revokedAt !== undefined) throw wrongState("client", `${client.name} is revoked`);
}

async function membershipIn(
  tables: Tables,
  input: z.output<typeof membershipForm>,
  field: string,
): Promise<Membership> {
  const delegation = await tables.delegations.get(input.delegation);
  if (!delegation) throw notFound("delegation", input.delegation);
  if (delegation.state === "revoked") throw wrongState("delegation", `${delegation.name} is revoked`);
  if (input.grants === undefined) return { delegation: delegation.name, grants: null };
  const grants = input.grants.map((grant) => narrowerGrant(grant, delegation.grants));
  const problems = impossibleGrants(grants, delegation.grants, field, "the delegation");
  if (problems.length > 0) throw new OperatorError("invalid", problems);
  requireSessionPolicy(delegation, intersectGrants(delegation.grants, grants), { field });
  return { delegation: delegation.name, grants };
}
