/**
 * Shorter forms of a session policy, each of the one before, for grants that don't fit otherwise. None lets a granted
 * client make another model's call; the first lets it count tokens that the role lets it count (decision 0027).
 */
import { COUNT_TOKENS } from "./session-entries.ts";
import type { Entry } from "./compact.ts";

export const FORMS: readonly ((entries: readonly Entry[]) => Entry[])[] = [
  countingByVendor,
  withoutAccounts,
  byRequestedRegion,
];

/** CountTokens of any model of the vendors: it has no condition keys, so each model would be named once more. */
function countingByVendor(entries: readonly Entry[]): Entry[] {
  return entries.map((entry) =>
    entry.actions.join() === COUNT_TOKENS
      ? { ...entry, resources: entry.resources.map((arn) => arn.replace(/\/([a-z0-9]+)\..*$/, "/$1.*")) }
      : entry,
  );
}

const PROFILE = /^(arn:[^:]*:bedrock:[^:]*):[0-9]{12}(:inference-profile\/.*)$/;

/** Profiles without their account, which the role has. Their type stays: IAM takes no wildcard in its place. */
function withoutAccounts(entries: readonly Entry[]): Entry[] {
  return entries.map((entry) => ({
    ...entry,
    resources: entry.resources.map((arn) => arn.replace(PROFILE, "$1:*$2")),
  }));
}

const REGIONAL = /^(arn:[^:]*:bedrock:)([a-z]+-[a-z0-9-]+)(:.*)$/;

/** What is named in several regions once, under aws:RequestedRegion, which is the region of what a call names. */
function byRequestedRegion(entries: readonly Entry[]): Entry[] {
  const regions = new Map<string, { action: string; resource: string; in: Set<string> }>();
  const others: Entry[] = [];
  for (const entry of entries) {
    const rest = entry.resources.filter((arn) => entry.condition !== undefined || !REGIONAL.test(arn));
    if (rest.length > 0) others.push({ ...entry, resources: rest });
    if (entry.condition !== undefined) continue;
    for (const arn of entry.resources)
      for (const action of entry.actions) {
        const [, before, region, after] = REGIONAL.exec(arn) ?? [];
        if (region === undefined) continue;
        const resource = `${before}*${after}`;
        const found = regions.get(`${action} ${resource}`) ?? { action, resource, in: new Set() };
        regions.set(`${action} ${resource}`, found);
        found.in.add(region);
      }
  }
  const named = [...regions.values()].map(({ action, resource, in: places }) => ({
    actions: [action],
    resources: [resource],
    condition: { StringEquals: { "aws:RequestedRegion": [...places].toSorted() } },
  }));
  return [...named, ...others];
}
