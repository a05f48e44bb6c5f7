/**
 * Applies a verification: a delegation becomes `active` only here; one whose role stopped requiring the External ID is
 * suspended; a rotated External ID takes over once the role is verified to accept it.
 */
import type { Delegation } from "../core/delegation.ts";
import type { Verification } from "../core/verification.ts";
import type { Store } from "../store/store.ts";
import { notFound, wrongState } from "./errors.ts";
import { recordChange, type Operator } from "./operator.ts";

export interface Verified {
  /** The delegation as it was when its probes were sent. */
  verified: Delegation;
  verification: Verification;
  /** Activate it if the verification suffices. */
  activate: boolean;
}

export const UNENFORCED = "the role can be assumed without its External ID, or with a wrong one";

/**
 * Stores the verification and changes the delegation accordingly; resolves to it. Throws OperatorError `wrong_state` if
 * it was edited while the probes ran, because they verified something else (T9).
 */
export async function recordVerification(
  store: Store,
  { verified, verification, activate }: Verified,
  operator: Operator,
): Promise<Delegation> {
  return store.transaction(async (tables) => {
    const { name } = verified;
    const before = await tables.delegations.get(name);
    if (!before) throw notFound("delegation", name);
    if (subjectOf(before) !== subjectOf(verified))
      throw wrongState("delegation", `${name} was changed while it was verified: verify it again`);
    await tables.verifications.put(verification);
    const after = consequence(before, verification, activate);
    if (after === before) return before;
    await tables.delegations.update(after);
    const reason = after.state === "suspended" && before.state === "active" ? UNENFORCED : undefined;
    await recordChange(tables, operator, {
      action: `delegation.${actionOf(before, after)}`,
      subject: `delegation/${name}`,
      before,
      after,
      ...(reason === undefined ? {} : { reason }),
    });
    return after;
  });
}

/** Everything that the probes depended on. */
function subjectOf(delegation: Delegation): string {
  const { state: _state, stateReason: _reason, recordContent: _content, ...subject } = delegation;
  return JSON.stringify(Object.entries(subject).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function consequence(before: Delegation, verification: Verification, activate: boolean): Delegation {
  if (before.state === "revoked") return before;
  if (verification.unenforced)
    return before.state === "active" ? { ...before, state: "suspended", stateReason: UNENFORCED } : before;
  const rotated = withProvenIds(before, verification);
  // A delegation that was never active needs every probe; after that, only that the External ID is still required.
  const proven =
    verification.verdict === "pass" && (before.state === "suspended" || verification.scope === "full");
  if (!activate || !proven || before.state === "active") return rotated;
  const { stateReason: _reason, ...rest } = rotated;
  return { ...rest, state: "active" };
}

function withProvenIds(before: Delegation, { probes }: Verification): Delegation {
  const passed = (name: string) => probes.some(({ probe, status }) => probe === name && status === "pass");
  const { nextExternalId, previousExternalId, ...rest } = before;
  const enforced = passed("assume_without_external_id") && passed("assume_with_wrong_external_id");
  if (nextExternalId !== undefined && enforced && passed("assume_with_next_external_id"))
    return {
      ...rest,
      externalId: nextExternalId,
      ...(before.externalId === undefined ? {} : { previousExternalId: before.externalId }),
    };
  if (previousExternalId === undefined || !passed("assume_with_previous_external_id")) return before;
  return { ...rest, ...(nextExternalId === undefined ? {} : { nextExternalId }) };
}

function actionOf(before: Delegation, after: Delegation): string {
  if (after.state === "suspended" && before.state !== "suspended") return "suspend";
  if (after.state !== before.state) return "activate";
  return after.externalId === before.externalId ? "retire-external-id" : "adopt-external-id";
}
