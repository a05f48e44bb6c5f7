/**
 * What two lists of grants both allow, as grants: the session policy of a client is never wider than its
 * delegation, however wide the client's own grants are, and lacks nothing that both allow.
 */
import type { Client, Delegation, Grant } from "../core/delegation.ts";
import { OPERATION_NAMES, OPERATIONS } from "../core/operations.ts";
import { intersectPatterns, widest } from "./globs.ts";

/** Models of one grant; with more, the client's own are kept, as if one had too many intersections. */
const MOST = 500;

/** Grants that allow exactly what both lists allow. */
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
  const both = new Set(
    own.models.flatMap((pattern) => outer.models.flatMap((other) => inBoth(other, pattern))),
  );
  const models = both.size > MOST ? own.models : widest([...both]);
  const regions = own.regions.filter((region) => outer.regions.includes(region));
  const settings = own.settings.filter((name) => outer.settings.includes(name));
  if (operations.length === 0 || regions.length === 0) return [];
  if (models.length === 0) return withoutModels(operations, regions);
  return [{ operations, models, regions, settings }];
}

/** Lists, and what is known of jobs, are granted whatever the models. */
function withoutModels(granted: Grant["operations"], regions: string[]): Grant[] {
  const operations = OPERATION_NAMES.filter(
    (name) =>
      ["none", "async-invoke"].includes(OPERATIONS[name].subject) &&
      (granted.includes("*") || granted.includes(name)),
  );
  return operations.length === 0 ? [] : [{ operations, models: [], regions, settings: [] }];
}

function common(outer: Grant["operations"], own: Grant["operations"]): Grant["operations"] {
  if (outer.includes("*")) return own;
  return own.includes("*") ? outer : own.filter((operation) => outer.includes(operation));
}

/** A client's pattern that has too many intersections is kept as it is: the role allows no more than the delegation. */
function inBoth(outer: string, own: string): string[] {
  if (outer === "*") return [own];
  if (own === "*") return [outer];
  const [outerArns, ownArns] = [outer.startsWith("arn:"), own.startsWith("arn:")];
  if (!outerArns && !ownArns) return intersectPatterns(outer, own) ?? [own];
  const [outers, owns] = [outerArns ? [outer] : asArns(outer), ownArns ? [own] : asArns(own)];
  return outers.flatMap((one) => owns.flatMap((other) => arnsInBoth(one, other) ?? [own]));
}

/** Field by field: no wildcard reaches beyond its own. */
function arnsInBoth(one: string, other: string): string[] | undefined {
  const [fields, others] = [fieldsOf(one), fieldsOf(other)];
  return fields.reduce<string[] | undefined>(
    (arns, field, at) => {
      const both = intersectPatterns(field, others[at] ?? "");
      return both && arns?.flatMap((arn) => both.map((each) => (at === 0 ? each : `${arn}:${each}`)));
    },
    [""],
  );
}

/** The last one, the resource, may have colons of its own. */
function fieldsOf(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** The ARNs whose name a pattern of names covers: see `coversName`. */
function asArns(pattern: string): string[] {
  if (pattern.startsWith("guardrail/")) return [`arn:*:bedrock:*:*:${pattern}`];
  return ["foundation-model", "inference-profile"].map((type) => `arn:*:bedrock:*:*:${type}/${pattern}`);
}
