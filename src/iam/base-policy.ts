/** The policy of Signet's own user or role: to assume the delegated roles, and nothing else. */
import type { Delegation } from "../core/delegation.ts";
import { withinLimit, type PolicyDocument, type Statement } from "./document.ts";

/**
 * One policy for each partition that delegations are in, as a policy can name resources of its own partition only.
 * Throws as `basePolicy` does.
 */
export function basePolicies(
  delegations: readonly Delegation[],
): { partition: string; policy: PolicyDocument }[] {
  const byPartition = Map.groupBy(liveOf(delegations), ({ partition }) => partition);
  return [...byPartition].map(([partition, within]) => ({ partition, policy: basePolicy(within) }));
}

/** For the delegations that have a role and are not revoked. Throws PolicyError past IAM's size limit. */
export function basePolicy(delegations: readonly Delegation[]): PolicyDocument {
  const live = liveOf(delegations);
  return withinLimit("base", "delegations", [
    ...statement("AssumeDelegatedRoles", "sts:AssumeRole", live),
    ...statement(
      "TagSessions",
      "sts:TagSession",
      live.filter(({ session }) => Object.keys(session.tags).length > 0),
    ),
    ...statement(
      "NameTheSource",
      "sts:SetSourceIdentity",
      live.filter(({ session }) => session.sourceIdentity !== undefined),
    ),
  ]);
}

function liveOf(delegations: readonly Delegation[]): Delegation[] {
  return delegations.filter(({ state, roleArn }) => state !== "revoked" && roleArn !== undefined);
}

function statement(Sid: string, Action: string, delegations: readonly Delegation[]): Statement[] {
  const roles = new Set(delegations.flatMap(({ roleArn }) => (roleArn === undefined ? [] : [roleArn])));
  const resources = [...roles].toSorted().map(literally);
  return resources.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: resources }];
}

/** A role's path may contain `*`, `?` and `$`, which a resource pattern must take literally. */
function literally(arn: string): string {
  return arn.replace(/[*?$]/g, "${$&}");
}
