/**
 * IAM's decision: an explicit deny wins, then every layer that applies must allow.
 * Source: "Policy evaluation logic" in the IAM user guide.
 */
import { holds } from "./conditions.ts";
import { matches, matchesArn } from "./match.ts";
import type { Context } from "./match.ts";
import type { Patterns, Policy, Statement } from "./policy.ts";

/** One decision: an action on a resource under the request's condition keys. */
export interface Ask {
  action: string;
  resource: string;
  context: Context;
}

/** Policies of the calling identity; `session` is null if the identity is not a narrowed role session. */
export interface IdentityPolicies {
  identity: Policy[];
  session: Policy[] | null;
  /** Each narrows the session further; absent if there is none. */
  scoped?: Policy[];
  /** Service control policies of the identity's account; absent if it has none. */
  organization?: Policy[];
}

/** The caller, in the forms that a trust policy can name. */
export interface Caller {
  account: string;
  /** Unique id of the user or role, which IAM stores for a principal named by ARN. */
  uniqueId: string;
  /** ARN of the user or of the role session. */
  arn: string;
}

type Layer = "identity-based policy" | "session policy" | "resource-based policy" | "service control policy";
export type Decision = { allowed: true } | { allowed: false; explicit: boolean; layer: Layer };

const ALLOWED: Decision = { allowed: true };

/** For actions that no resource-based policy governs: all of Bedrock's. */
export function decideByIdentity(policies: IdentityPolicies, ask: Ask): Decision {
  const organization = policies.organization ? effectOf(policies.organization, ask) : "Allow";
  if (organization === "Deny") return denied("service control policy", true);
  const identity = effectOf(policies.identity, ask);
  const session = effectOfSession(policies, ask);
  if (identity === "Deny") return denied("identity-based policy", true);
  if (session === "Deny") return denied("session policy", true);
  if (organization === null) return denied("service control policy", false);
  if (identity === null) return denied("identity-based policy", false);
  if (session === null) return denied("session policy", false);
  return ALLOWED;
}

/**
 * For sts:AssumeRole and its companions. The trust policy must always allow. Within one account a trust policy that
 * names the caller itself is enough; one that names the account delegates to the caller's own policies; across
 * accounts both must allow.
 */
export function decideByTrust(
  trust: Policy,
  caller: Caller & { policies: IdentityPolicies },
  { ask, account }: { ask: Ask; account: string },
): Decision {
  const own = decideByIdentity(caller.policies, ask);
  if (!own.allowed && own.explicit) return own;
  const named = trust.statements.filter((statement) => applies(statement, ask));
  const denies = named.some(
    ({ effect, principals }) => effect === "Deny" && hits(principals, caller) !== null,
  );
  if (denies) return denied("resource-based policy", true);
  const hit = named
    .filter(({ effect }) => effect === "Allow")
    .map(({ principals }) => hits(principals, caller))
    .filter((each) => each !== null);
  if (hit.length === 0) return denied("resource-based policy", false);
  if (account === caller.account && hit.some((each) => each !== "account")) {
    return bounded(caller.policies, ask, hit.includes("session"));
  }
  return own;
}

/**
 * A trust policy's grant within the account needs no identity policy. The organization limits it, and so does a session
 * policy, unless the grant is to this very session.
 */
function bounded(policies: IdentityPolicies, ask: Ask, isToSession: boolean): Decision {
  const { organization } = policies;
  if (organization !== undefined && effectOf(organization, ask) === null)
    return denied("service control policy", false);
  if (!isToSession && effectOfSession(policies, ask) === null) return denied("session policy", false);
  return ALLOWED;
}

/** AWS's wording of a denial: `because no session policy allows the … action`. */
export function reasonOf({ explicit, layer }: Exclude<Decision, { allowed: true }>, action: string): string {
  const article = /^[aeiou]/.test(layer) ? "an" : "a";
  return explicit
    ? `with an explicit deny in ${article} ${layer}`
    : `because no ${layer} allows the ${action} action`;
}

function denied(layer: Layer, explicit: boolean): Decision {
  return { allowed: false, explicit, layer };
}

function effectOfSession({ session, scoped = [] }: IdentityPolicies, ask: Ask): ReturnType<typeof effectOf> {
  const layers = [...(session === null ? [] : [session]), ...scoped.map((policy) => [policy])];
  const effects = layers.map((layer) => effectOf(layer, ask));
  if (effects.includes("Deny")) return "Deny";
  return effects.includes(null) ? null : "Allow";
}

function effectOf(policies: Policy[], ask: Ask): "Allow" | "Deny" | null {
  const effects = policies
    .flatMap(({ statements }) => statements)
    .filter((statement) => applies(statement, ask))
    .map(({ effect }) => effect);
  if (effects.includes("Deny")) return "Deny";
  return effects.includes("Allow") ? "Allow" : null;
}

function applies({ actions, resources, conditions }: Statement, { action, resource, context }: Ask): boolean {
  const lower = action.toLowerCase();
  return (
    hasMatch(actions, (pattern) => matches(pattern.toLowerCase(), lower, {})) &&
    (resources === null || hasMatch(resources, (pattern) => matchesArn(pattern, resource, context))) &&
    holds(conditions, context)
  );
}

function hasMatch({ negated, patterns }: Patterns, test: (pattern: string) => boolean): boolean {
  return patterns.some(test) !== negated;
}

type Hit = "anyone" | "account" | "identity" | "session";

/** How a Principal element matches the caller: as everyone, its account, its user or role, or its session. */
function hits(principals: Patterns | null, caller: Caller): Hit | null {
  if (principals === null) return null;
  const { negated, patterns } = principals;
  if (negated) return isExempt(patterns, caller) ? null : "anyone";
  if (patterns.includes(caller.uniqueId)) return "identity";
  if (patterns.includes(caller.arn)) return "session";
  if (patterns.includes("*")) return "anyone";
  return patterns.includes(caller.account) ? "account" : null;
}

/** NotPrincipal exempts a caller only if it names the account, the user or role, and a role's session as well. */
function isExempt(patterns: string[], { account, uniqueId, arn }: Caller): boolean {
  const isSession = arn.includes(":assumed-role/");
  return patterns.includes(account) && patterns.includes(uniqueId) && (!isSession || patterns.includes(arn));
}
