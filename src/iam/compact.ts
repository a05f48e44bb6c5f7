/** Merges the statements of a session policy: STS takes few characters. */
import { matchesPattern } from "../core/model.ts";
import type { Conditions } from "./document.ts";
import { grouped } from "./grouped.ts";

export interface Allow {
  Effect: "Allow";
  Action: string[];
  Resource: string[] | "*";
  Condition?: Conditions;
}

/**
 * As few statements as possible: merges those that differ only in their resources and in the values of their
 * conditions, without what a wider pattern covers; then those that differ only in their actions. AWS decides which
 * models are behind a profile, so several profiles' models may be listed together under several profiles.
 */
export function compacted(statements: readonly Allow[]): Allow[] {
  const byActions = grouped(
    statements,
    (statement) => [statement.Action, conditionKeys(statement), statement.Resource === "*"],
    together,
  );
  return grouped(
    byActions,
    ({ Resource, Condition }) => [Resource, Condition],
    (one, other) => ({ ...one, Action: [...new Set([...one.Action, ...other.Action])].toSorted() }),
  );
}

function conditionKeys({ Condition = {} }: Allow): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => [operator, ...Object.keys(keys)]);
}

function together(one: Allow, other: Allow): Allow {
  const conditions = Object.entries(one.Condition ?? {}).map(([operator, keys]) => {
    const values = Object.entries(keys).map(([key, value]) => [
      key,
      both(value, other.Condition?.[operator]?.[key] ?? []),
    ]);
    return [operator, Object.fromEntries(values)];
  });
  return {
    ...one,
    ...(one.Resource === "*" ? {} : { Resource: both(one.Resource, other.Resource) }),
    ...(one.Condition === undefined ? {} : { Condition: Object.fromEntries(conditions) as Conditions }),
  };
}

function both(a: string | string[], b: string | string[]): string[] {
  return widest([...[a].flat(), ...[b].flat()]);
}

/** The patterns that no other one of them covers; of those that cover one another (`a*`, `a**`) the first. */
function widest(patterns: string[]): string[] {
  const distinct = [...new Set(patterns)];
  return distinct.filter(
    (pattern, at) =>
      !distinct.some(
        (other, earlier) =>
          earlier !== at &&
          matchesPattern(other, pattern) &&
          (earlier < at || !matchesPattern(pattern, other)),
      ),
  );
}
