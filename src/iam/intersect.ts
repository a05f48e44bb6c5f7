/**
 * What two lists of grants both allow, as grants: the session policy of a client is never wider than its
 * delegation, however wide the client's own grants are.
 */
import type { Client, Delegation, Grant } from "../core/delegation.ts";
import { matchesPattern } from "../core/model.ts";

/** Grants that allow what both lists allow. If two patterns only overlap, the second list's is kept. */
export function intersectGrants(wider: readonly Grant[], narrower: readonly Grant[]): Grant[] {
  return narrower.flatMap((own) => wider.flatMap((outer) => intersection(outer, own)));
}

/** What a client may do under a delegation: what both grant. */
export function grantsOf(delegation: Delegation, client: Client): Grant[] {
  const membership = client.delegations.find((entry) => entry.delegation === delegation.name);
  return membership?.grants ? intersectGrants(delegation.grants, membership.grants) : delegation.grants;
}

function intersection(outer: Grant, own: Grant): Grant[] {
  const operations = common(outer.operations, own.operations);
  const models = own.models.flatMap((pattern) => narrowest(outer.models, pattern));
  const regions = own.regions.filter((region) => outer.regions.includes(region));
  const headers = own.headers.filter((name) => outer.headers.includes(name));
  if (operations.length === 0 || models.length === 0 || regions.length === 0) return [];
  return [{ operations, models: [...new Set(models)], regions, headers }];
}

function common(outer: Grant["operations"], own: Grant["operations"]): Grant["operations"] {
  if (outer.includes("*")) return own;
  return own.includes("*") ? outer : own.filter((operation) => outer.includes(operation));
}

/** The part of `pattern` within the outer patterns: itself, or those of them that it covers. */
function narrowest(outer: readonly string[], pattern: string): string[] {
  if (outer.some((candidate) => matchesPattern(candidate, pattern))) return [pattern];
  const covered = outer.filter((candidate) => matchesPattern(pattern, candidate));
  return covered.length > 0 ? covered : [pattern];
}
