/** Operators' changes to a delegation's state: suspension, revocation, and rotation of its External ID. */
import type { Delegation } from "../core/delegation.ts";
import type { Store } from "../store/store.ts";
import { newExternalId } from "./delegations.ts";
import { notFound, OperatorError, wrongState } from "./errors.ts";
import { recordChange, type Operator } from "./operator.ts";

/** Suspends an `active` delegation until it is resumed. Throws OperatorError. */
export async function suspendDelegation(
  store: Store,
  name: string,
  operator: Operator,
  reason?: string,
): Promise<Delegation> {
  return change(store, name, { action: "suspend", operator, reason }, (before) => {
    if (before.state !== "active" && before.state !== "suspended")
      throw wrongState("delegation", `${name} is ${before.state}: only active ones can be suspended`);
    return { ...before, state: "suspended" };
  });
}

/** Revokes a delegation permanently: its keys are refused immediately. Its row stays, so its name can't be reused. */
export async function revokeDelegation(
  store: Store,
  name: string,
  operator: Operator,
  reason?: string,
): Promise<Delegation> {
  return change(store, name, { action: "revoke", operator, reason }, (before) => ({
    ...before,
    state: "revoked",
  }));
}

/**
 * Begins the rotation of an External ID: the old one stays in use until a probe has verified that the role accepts the
 * new one. Calling it again during a rotation changes nothing. Throws OperatorError.
 */
export async function rotateExternalId(store: Store, name: string, operator: Operator): Promise<Delegation> {
  return change(store, name, { action: "rotate-external-id", operator }, (before) => {
    if (before.state === "revoked") throw wrongState("delegation", `${name} is revoked`);
    if (before.externalId === undefined)
      throw new OperatorError("wrong_state", [
        { field: "delegation", message: `${name} has no role, so no External ID` },
      ]);
    return { ...before, nextExternalId: before.nextExternalId ?? newExternalId() };
  });
}

async function change(
  store: Store,
  name: string,
  how: { action: string; operator: Operator; reason?: string | undefined },
  changed: (before: Delegation) => Delegation,
): Promise<Delegation> {
  return store.transaction(async (tables) => {
    const before = await tables.delegations.get(name);
    if (!before) throw notFound("delegation", name);
    const after = { ...changed(before), ...(how.reason === undefined ? {} : { stateReason: how.reason }) };
    if (JSON.stringify(after) === JSON.stringify(before)) return before;
    await tables.delegations.update(after);
    await recordChange(tables, how.operator, {
      action: `delegation.${how.action}`,
      subject: `delegation/${name}`,
      before,
      after,
      ...(how.reason === undefined ? {} : { reason: how.reason }),
    });
    return after;
  });
}
