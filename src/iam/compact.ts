/** Merges the entries of a session policy into few statements: STS takes few characters. */
import { matchesPattern } from "../core/model.ts";
import type { Conditions, Statement } from "./document.ts";

/** Actions allowed on resources. */
export interface Entry {
  actions: readonly string[];
  resources: readonly string[];
  condition?: Conditions;
}

/**
 * Each resource once under the same conditions, without the actions that a wider pattern allows there; resources with
 * the same actions share a statement. It allows exactly what the entries do.
 */
export function compacted(entries: readonly Entry[]): Statement[] {
  const conditions = Map.groupBy(entries, ({ condition }) => JSON.stringify(condition));
  return [...conditions.values()].flatMap((alike) => {
    const byActions = Map.groupBy(actionsByResource(alike), ([, actions]) => actions.toSorted().join());
    const condition = alike[0]?.condition;
    return [...byActions.values()].map((group): Statement => {
      const resources = group.map(([resource]) => resource);
      return {
        Effect: "Allow",
        Action: group[0]?.[1].toSorted() ?? [],
        Resource: resources.join() === "*" ? "*" : resources,
        ...(condition === undefined ? {} : { Condition: condition }),
      };
    });
  });
}

function actionsByResource(entries: readonly Entry[]): [resource: string, actions: string[]][] {
  const all = new Map<string, Set<string>>();
  for (const { actions, resources } of entries)
    for (const resource of resources) all.set(resource, new Set([...(all.get(resource) ?? []), ...actions]));
  const found = [...all];
  return found
    .map(([resource, actions], at): [string, string[]] => {
      const covering = found.filter(
        ([other], earlier) =>
          other !== resource &&
          matchesPattern(other, resource) &&
          (earlier < at || !matchesPattern(resource, other)),
      );
      return [resource, [...actions].filter((action) => !covering.some(([, others]) => others.has(action)))];
    })
    .filter(([, actions]) => actions.length > 0);
}
