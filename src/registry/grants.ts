/**
 * Grants: their defaults, and narrower ones under wider ones. Every call must pass the delegation's, the client's and
 * the key's. Here, only grants that could never pass are refused.
 */
import type { Grant } from "../core/delegation.ts";
import type { Operation } from "../core/operations.ts";
import type { Problem } from "./errors.ts";

/** A delegation's default operations: inference, and counting its tokens. */
export const DEFAULT_OPERATIONS: readonly Operation[] = [
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "Converse",
  "ConverseStream",
  "CountTokens",
];

/** A delegation's grant: models must be named, regions default to the delegation's own. */
export function delegationGrant(input: Partial<Grant>, region: string): Grant {
  return {
    operations: input.operations ?? [...DEFAULT_OPERATIONS],
    models: input.models ?? [],
    regions: input.regions ?? [region],
    settings: input.settings ?? [],
  };
}

/** A grant under `wider` ones: parts that it omits are everything that those hold now. */
export function narrowerGrant(input: Partial<Grant>, wider: readonly Grant[]): Grant {
  return {
    operations: input.operations ?? union(wider, "operations"),
    models: input.models ?? union(wider, "models"),
    regions: input.regions ?? union(wider, "regions"),
    settings: input.settings ?? union(wider, "settings"),
  };
}

function union<Part extends keyof Grant>(grants: readonly Grant[], part: Part): Grant[Part] {
  return [...new Set<string>(grants.flatMap((grant) => grant[part]))] as Grant[Part];
}

/** Problems of grants at `field` that could never pass together with `owner`'s ("the delegation") `wider` ones. */
export function impossibleGrants(
  grants: readonly Grant[],
  wider: readonly Grant[],
  field: string,
  owner: string,
): Problem[] {
  return grants.flatMap((grant, at) => {
    const problems = PARTS.flatMap((part) =>
      impossibleEntries(grant, wider, part, `${field}[${at}].${part}`, owner),
    );
    if (problems.length > 0 || wider.some((other) => couldBoth(grant, other))) return problems;
    return [{ field: `${field}[${at}]`, message: `no single grant of ${owner} holds these together` }];
  });
}

const PARTS = ["operations", "models", "regions", "settings"] as const;

const MEET: Record<(typeof PARTS)[number], (a: string, b: string) => boolean> = {
  operations: (a, b) => a === b || a === "*" || b === "*",
  models: modelsMeet,
  regions: (a, b) => a === b,
  settings: (a, b) => a === b,
};

function impossibleEntries(
  grant: Grant,
  wider: readonly Grant[],
  part: (typeof PARTS)[number],
  field: string,
  owner: string,
): Problem[] {
  const allowed = union(wider, part);
  return grant[part].flatMap((entry, at) =>
    allowed.some((other) => MEET[part](entry, other))
      ? []
      : [
          {
            field: `${field}[${at}]`,
            message: `${entry} is not granted by ${owner} (it grants ${allowed.join(", ") || "none"})`,
          },
        ],
  );
}

function couldBoth(a: Grant, b: Grant): boolean {
  return (["operations", "models", "regions"] as const).every((part) =>
    a[part].some((one) => b[part].some((other) => MEET[part](one, other))),
  );
}

/** ARN patterns and id patterns are matched against different texts, so they may overlap. */
function modelsMeet(a: string, b: string): boolean {
  if (a.startsWith("arn:") !== b.startsWith("arn:")) return true;
  return patternsMeet(a, b);
}

/** Whether some text matches both patterns, where `*` is any text. Takes time proportional to the lengths' product. */
export function patternsMeet(a: string, b: string): boolean {
  // Whether the remainders of `a` from i and of `b` from j overlap: for one i at a time from the end, all j.
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) row[j] = restsMeet(a[i], b[j], { below, row, j });
    below = row;
  }
  return below[0] === true;
}

function restsMeet(
  one: string | undefined,
  other: string | undefined,
  { below, row, j }: { below: boolean[]; row: boolean[]; j: number },
): boolean {
  if (one === undefined && other === undefined) return true;
  if (one === "*" && (below[j] || (other !== undefined && row[j + 1]))) return true;
  if (other === "*" && (row[j + 1] || (one !== undefined && below[j]))) return true;
  return one !== undefined && one === other && below[j + 1] === true;
}
