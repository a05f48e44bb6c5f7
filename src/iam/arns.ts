/** ARNs of Bedrock's resources, and the part of an ARN pattern that is in one region of one account. */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import { matchesPattern, type Place } from "../core/model.ts";

/** `guardrail/abc` or another resource of the account and region as its ARN. */
export function arnIn({ partition, region, account }: Place, name: string): string {
  return `arn:${partition}:bedrock:${region}:${account}:${name}`;
}

/** Foundation models belong to no account. `region` may be a pattern, or `""` as global profiles name it. */
export function foundationModelArn({ partition }: Place, region: string, id: string): string {
  return `arn:${partition}:bedrock:${region}::foundation-model/${id}`;
}

/** The project that a delegation's calls in a region are in: inference needs permission on it besides the model. */
export function projectArn(place: Place, { project = "default" }: RoleSettings): string {
  return arnIn(place, `project/${project}`);
}

/** The projects that a grant's calls may be in: a caller who may name one chooses among all of the account's. */
export function grantedProject(grant: Grant, place: Place, role: RoleSettings): string {
  return grant.settings.includes("projectIdentifier") ? arnIn(place, "project/*") : projectArn(place, role);
}

const ARN = /^arn:([^:]*):bedrock:([^:]*):([^:]*):(.+)$/;

/**
 * What an ARN pattern means at a place; undefined if it is in another partition, region or account. Left unchanged,
 * a `*` for the region or the account would reach all of them, whatever regions are granted.
 */
export function arnWithin(pattern: string, place: Place): string | undefined {
  const [, partition, region = "", account = "", resource = ""] = ARN.exec(pattern) ?? [];
  const owner = resource.startsWith("foundation-model/") ? "" : place.account;
  const isHere = matchesPattern(region, place.region) && matchesPattern(account, owner);
  if (partition !== place.partition || !isHere) return undefined;
  return arnIn({ ...place, account: owner }, resource);
}
