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

/** The project of calls made in a region: inference needs permission on it besides the model. */
export function projectArn(place: Place, { project = "default" }: RoleSettings): string {
  return arnIn(place, `project/${project}`);
}

/** The resources that `bedrock-mantle` grants inference on, in each granted region. Source: its service authorization reference. */
export function mantleProjects(
  grants: readonly Grant[],
  { partition, account }: Pick<Place, "partition" | "account">,
): string[] {
  const regions = [...new Set(grants.flatMap((grant) => grant.regions))];
  return regions.map((region) => `arn:${partition}:bedrock-mantle:${region}:${account}:project/*`);
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
