/** The permissions of a role in few statements: IAM takes 10,240 characters. */
import type { Conditions, Statement } from "./document.ts";
import { grouped } from "./grouped.ts";

/** Becomes a statement, merged with others of the same name if that allows no more. */
export interface Permission {
  /** The statement's Sid. */
  name: string;
  actions: string[];
  resources: string[];
  condition?: Conditions;
}

export function statementsFrom(permissions: readonly Permission[]): Statement[] {
  return numbered(byResources(byConditions(permissions)));
}

/**
 * The same in fewer characters, for when they are too many: the models behind all profiles together, through any of the
 * profiles in any region. It allows no call more: a call needs its profile too, and AWS decides which models that has.
 */
export function throughAnyProfile(permissions: readonly Permission[]): Permission[] {
  return withThrough(permissions, inAnyRegion, (resource) => resource);
}

/** Shorter still: whichever models are behind the account's profiles. It allows no call more either (decision 0027). */
export function throughOwnProfiles(permissions: readonly Permission[]): Permission[] {
  return withThrough(
    permissions,
    (profile) => inAnyRegion(profile).replace(/\/.*$/, "/*"),
    (model) => model.replace(/\/.*$/, "/*"),
  );
}

function distinct(arns: readonly string[]): string[] {
  return [...new Set(arns)];
}

function withThrough(
  permissions: readonly Permission[],
  profileOf: (arn: string) => string,
  modelOf: (arn: string) => string,
): Permission[] {
  const isThrough = ({ condition }: Permission) => condition?.["ArnLike"]?.[PROFILE] !== undefined;
  const through = permissions.filter(isThrough).map((permission) => ({
    ...permission,
    resources: distinct(permission.resources.map(modelOf)),
    condition: {
      ...permission.condition,
      ArnLike: {
        [PROFILE]: distinct([permission.condition?.["ArnLike"]?.[PROFILE] ?? []].flat().map(profileOf)),
      },
    },
  }));
  const merged = grouped(
    through,
    ({ name, actions, condition }) => [name, actions, { ...condition, ArnLike: [] }],
    (one, other) => ({
      ...one,
      resources: [...new Set([...one.resources, ...other.resources])],
      condition: { ...one.condition, ...eitherArn(one.condition, other.condition) },
    }),
  );
  return [...permissions.filter((permission) => !isThrough(permission)), ...merged];
}

const PROFILE = "bedrock:InferenceProfileArn";

function inAnyRegion(arn: string): string {
  return arn.replace(/^(arn:[^:]*:bedrock):[^:]*:/, "$1:*:");
}

/** Merges permissions that differ only in their resources. */
function byConditions(permissions: readonly Permission[]): Permission[] {
  return grouped(
    permissions,
    ({ name, actions, condition }) => [name, actions, condition],
    (one, other) => ({ ...one, resources: [...new Set([...one.resources, ...other.resources])] }),
  );
}

/** Merges permissions that differ only in the values of one condition key; either value is then accepted. */
function byResources(permissions: readonly Permission[]): Permission[] {
  return grouped(
    permissions,
    ({ name, actions, resources, condition = {} }) => {
      const { ArnLike = {}, ...others } = condition;
      return [name, actions, resources, Object.keys(ArnLike), others];
    },
    (one, other) => ({ ...one, condition: eitherArn(one.condition, other.condition) }),
  );
}

/** Both have the same single key under ArnLike. */
function eitherArn(one: Conditions = {}, other: Conditions = {}): Conditions {
  const ArnLike = Object.fromEntries(
    Object.entries(one["ArnLike"] ?? {}).map(([key, values]) => [
      key,
      [...new Set([values, other["ArnLike"]?.[key] ?? []].flat())],
    ]),
  );
  return { ...one, ArnLike };
}

/** Statements with a Sid each: IAM requires unique ones. */
function numbered(permissions: readonly Permission[]): Statement[] {
  const counts = new Map<string, number>();
  return permissions.map(({ name, actions, resources, condition }) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return {
      Sid: count === 1 ? name : `${name}${count}`,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  });
}
