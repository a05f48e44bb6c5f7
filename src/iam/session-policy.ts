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

  constructor(size: number, fitsInLayers: boolean) {
    super(
      `the session policy for these grants has ${size} characters; STS takes at most ${POLICY_LIMITS.session}: ` +
        "grant fewer models, or use patterns such as anthropic.claude-*" +
        (fitsInLayers
          ? ", or let STS narrow sessions in several steps: --scoped-credentials (role.scopedCredentials)"
          : ""),
    );
    this.name = "SessionPolicyTooLarge";
    this.size = size;
  }
}

/**
 * Policies of which a session must pass every one: AssumeRole's, then up to three for STS GetScopedCredentials, each on
 * the session of the one before.
 */
export type Layers = readonly [string, ...string[]];

/**
 * The policy document for `grants` as compact JSON, in the most exact form that fits (decision 0027). Throws
 * SessionPolicyTooLarge if none does.
 */
export function sessionPolicy(grants: readonly Grant[], place: Place, role: RoleSettings): string {
  const [[policy]] = sessionLayers(grants, place, { ...role, scopedCredentials: false });
  return policy;
}

/**
 * What may narrow a session to the grants, in the order to try: STS may pack what fits as text into too much. First all
 * single policies that fit, the most exact first, each shorter than the one before; then, if the role's settings allow
 * it, several layers, the fewest first (decisions 0028, 0031). Throws SessionPolicyTooLarge if there is none.
 */
export function sessionLayers(
  grants: readonly Grant[],
  place: Place,
  role: RoleSettings,
): readonly [Layers, ...Layers[]] {
  const forms = formsOf(entriesOf(grants, place, role));
  const texts = forms.map(document);
  const [mostExact, ...others] = texts.filter(fits);
  const shorter = others.filter((text, at) =>
    [mostExact ?? "", ...others.slice(0, at)].every((earlier) => text.length < earlier.length),
  );
  const single = (mostExact === undefined ? [] : [mostExact, ...shorter]).map((text): Layers => [text]);
  const several = role.scopedCredentials ? splitsOf(forms, place) : [];
  const [first, ...rest] = [...single, ...several];
  if (first !== undefined) return [first, ...rest];
  const isAllowed = role.scopedCredentials === true;
  throw new SessionPolicyTooLarge(
    Math.min(...texts.map((text) => text.length)),
    !isAllowed && splitsOf(forms, place).length > 0,
  );
}

/** The forms that fit as several policies, the fewest first. */
function splitsOf(forms: readonly Statement[][], { partition }: Place): Layers[] {
  return forms
    .map((statements) => layered(statements, partition).map(document))
    .flatMap(([first, ...rest]): Layers[] =>
      first !== undefined && rest.length > 0 && [first, ...rest].every(fits) ? [[first, ...rest]] : [],
    )
    .toSorted((a, b) => a.length - b.length);
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
