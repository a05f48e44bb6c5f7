/**
 * Condition keys of the caller and the request, for any action.
 * Source: "AWS global condition context keys" in the IAM user guide.
 */
import type { Principal } from "./identity.ts";
import type { IdentityPolicies } from "./evaluate.ts";
import type { Context } from "./match.ts";

export interface RequestFacts {
  /** Epoch milliseconds. */
  now: number;
  sourceIp: string;
  userAgent: string | undefined;
  region: string;
  /** `aws:PrincipalOrgID` of every account in the sandbox. */
  organization: string;
}

/** Keys are lower case, since IAM ignores the case of their names. */
export function globalContext(principal: Principal, facts: RequestFacts): Context {
  const { identity, session } = principal;
  const context: Record<string, string[]> = {
    // A session's own ARN never appears here: aws:PrincipalArn is the role's.
    "aws:principalarn": [identity.arn],
    "aws:principalaccount": [identity.account],
    "aws:principalorgid": [facts.organization],
    "aws:principaltype": [session === null ? "User" : "AssumedRole"],
    "aws:userid": [session === null ? identity.uniqueId : `${identity.uniqueId}:${session.roleSessionName}`],
    "aws:sourceip": [facts.sourceIp],
    // The sandbox simulates an endpoint that only speaks TLS.
    "aws:securetransport": ["true"],
    "aws:currenttime": [isoSeconds(facts.now)],
    "aws:epochtime": [String(Math.floor(facts.now / 1000))],
    "aws:requestedregion": [facts.region],
  };
  if (facts.userAgent !== undefined) context["aws:useragent"] = [facts.userAgent];
  if (session === null) context["aws:username"] = [identity.name];
  else context["aws:tokenissuetime"] = [isoSeconds(session.issuedAt)];
  if (session?.sourceIdentity) context["aws:sourceidentity"] = [session.sourceIdentity];
  for (const [key, value] of Object.entries({ ...identity.tags, ...session?.tags })) {
    context[`aws:principaltag/${key.toLowerCase()}`] = [value];
  }
  return context;
}

export function policiesOf({ identity, session, organization }: Principal): IdentityPolicies {
  return {
    identity: identity.policies
      .values()
      .map(({ policy }) => policy)
      .toArray(),
    session: session?.policies ?? null,
    ...(session === null ? {} : { scoped: session.scoped }),
    ...(organization === undefined ? {} : { organization }),
  };
}

/** IAM's timestamps have whole seconds. */
export function isoSeconds(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
