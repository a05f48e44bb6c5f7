/**
 * The session policy of one client: AssumeRole's `Policy`, which narrows the role's session. It can only restrict
 * the role (the result is the intersection), so a pattern that is slightly wide here is still bounded by the role.
 * Source: STS AssumeRole `Policy`, at most 2,048 characters together with managed policy ARNs.
 */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import { compacted, type Entry } from "./compact.ts";
import { POLICY_LIMITS, type Statement } from "./document.ts";
import { entriesOf } from "./session-entries.ts";
import { FORMS } from "./session-forms.ts";
import { layered } from "./session-layers.ts";

export class SessionPolicyTooLarge extends Error {
  readonly size: number;

  constructor(size: number) {
    super(
      `the session policy for these grants has ${size} characters; STS takes at most ${POLICY_LIMITS.session}: ` +
        "grant fewer models, or use patterns such as anthropic.claude-*",
    );
    this.name = "SessionPolicyTooLarge";
    this.size = size;
  }
}

/**
 * The policy document for `grants` as compact JSON, in the most exact form that fits (decision 0027). Throws
 * SessionPolicyTooLarge if none does.
 */
export function sessionPolicy(grants: readonly Grant[], place: Place, role: RoleSettings): string {
  const [mostExact] = sessionPolicyForms(grants, place, role);
  return mostExact;
}

/** All forms that fit, the most exact first, each shorter than the one before. Throws SessionPolicyTooLarge. */
export function sessionPolicyForms(
  grants: readonly Grant[],
  place: Place,
  role: RoleSettings,
): [string, ...string[]] {
  const forms = formsOf(entriesOf(grants, place, role)).map(document);
  const [mostExact, ...others] = forms.filter(fits);
  if (mostExact === undefined) throw new SessionPolicyTooLarge(Math.min(...forms.map((text) => text.length)));
  const shorter = others.filter((text, at) =>
    [mostExact, ...others.slice(0, at)].every((earlier) => text.length < earlier.length),
  );
  return [mostExact, ...shorter];
}

/**
 * The same, as policies of which a session must pass every one: AssumeRole's first, and, where one is too small, up to
 * three for STS GetScopedCredentials, each on the session of the one before (decision 0028). Throws SessionPolicyTooLarge
 * if four don't suffice.
 */
export function sessionPolicies(grants: readonly Grant[], place: Place, role: RoleSettings): string[] {
  try {
    return [sessionPolicy(grants, place, role)];
  } catch (error) {
    if (!(error instanceof SessionPolicyTooLarge)) throw error;
    const forms = formsOf(entriesOf(grants, place, role));
    const splits = forms.map((statements) => layered(statements, place.partition).map(document));
    const fitting = splits.filter((layers) => layers.length > 0 && layers.every(fits));
    const [fewest] = fitting.toSorted((a, b) => a.length - b.length);
    if (fewest === undefined) throw error;
    return fewest;
  }
}

/** From the most exact one. */
function formsOf(entries: readonly Entry[]): Statement[][] {
  const forms = [entries];
  for (const shorter of FORMS) forms.push(shorter(forms.at(-1) ?? []));
  return forms.map(compacted);
}

function document(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function fits(text: string): boolean {
  return text.length <= POLICY_LIMITS.session;
}
