/**
 * A session policy split into several, of which a session must pass every one (decision 0028).
 *
 * Policies only narrow one another, so a list can't be cut in two. But names can be divided into classes: each policy
 * lists what is granted in its own class and lets everything outside of it pass; the last one's class is the rest. What
 * passes all of them is granted by the policy of its class.
 */
import { POLICY_LIMITS, type Statement } from "./document.ts";

/** AssumeRole's policy, and GetScopedCredentials' layers. Source: STS GetScopedCredentials, `ScopedPoliciesCount`. */
const MOST = 4;
/** The statements of each policy, at most four; whether they fit is for the caller to see. None if they can't be split. */
export function layered(statements: readonly Statement[], partition: string): Statement[][] {
  const resources = statements.flatMap(({ Resource }) => (typeof Resource === "object" ? Resource : []));
  const classes = classesOf(resources.filter(isDivided), roomFor(statements));
  if (classes.length === 0) return [];
  const patterns = (prefixes: string[]) =>
    prefixes.map((prefix) => `arn:${partition}:bedrock:*:*:${prefix}*`);
  const all = classes.flat();
  return [
    ...classes.map((own) => [
      beyond({ NotResource: patterns(own) }),
      ...listed(statements, (arn) => !isDivided(arn) || own.some((prefix) => meets(arn, prefix))),
    ]),
    [
      beyond({ Resource: patterns(all) }),
      ...listed(statements, (arn) => !isDivided(arn) || !all.some((prefix) => isWithin(arn, prefix))),
    ],
  ];
}

/** Ids of foundation models and profiles are; other names may have slashes, and are few: every policy lists them. */
function isDivided(arn: string): boolean {
  return /^arn:[^/]*:(?:foundation-model|inference-profile)\/[^/]+$/.test(arn);
}

/** The type and name in an ARN pattern, up to its first wildcard: `inference-profile/us.`. */
function literalName(arn: string): string {
  return /^(?:[^:]*:){5}([^*]*)/.exec(arn)?.[1] ?? "";
}

function isWithin(arn: string, prefix: string): boolean {
  return literalName(arn).startsWith(prefix);
}

/** Whether the pattern matches some name that begins with the prefix. */
function meets(arn: string, prefix: string): boolean {
  return isWithin(arn, prefix) || (arn.endsWith("*") && prefix.startsWith(literalName(arn)));
}

function beyond(resources: Pick<Statement, "Resource" | "NotResource">): Statement {
  return { Effect: "Allow", Action: "*", ...resources };
}

function listed(statements: readonly Statement[], isHere: (resource: string) => boolean): Statement[] {
  return statements.flatMap((statement) => {
    if (typeof statement.Resource !== "object") return [statement];
    const resources = statement.Resource.filter(isHere);
    return resources.length === 0 ? [] : [{ ...statement, Resource: resources }];
  });
}

/** Prefixes of names for all policies but the last, whose class is the rest; each list of names about fills a policy. */
function classesOf(arns: readonly string[], most: number): string[][] {
  const classes: string[][] = [];
  let rest = arns;
  do {
    const prefixes: string[] = [];
    let room = most;
    for (;;) {
      const [prefix, size] = largest(rest, room, [...classes.flat(), ...prefixes]) ?? [];
      if (prefix === undefined || size === undefined) break;
      prefixes.push(prefix);
      room -= size;
      rest = rest.filter((arn) => !isWithin(arn, prefix));
    }
    if (prefixes.length === 0) return [];
    classes.push(prefixes);
  } while (classes.length < MOST - 1 && sizeOf(rest) > most - patternsOf(classes.flat()));
  return classes;
}

/**
 * The prefix whose names take the most characters, and how many with its pattern, if they fit into `room`. None of
 * `taken` begins with it.
 */
function largest(
  arns: readonly string[],
  room: number,
  taken: readonly string[],
): [prefix: string, size: number] | undefined {
  const sizes = new Map<string, number>();
  for (const arn of arns) {
    const name = literalName(arn);
    for (let end = name.indexOf("/") + 2; end <= name.length; end++) {
      const prefix = name.slice(0, end);
      sizes.set(prefix, (sizes.get(prefix) ?? patternsOf([prefix])) + sizeOf([arn]));
    }
  }
  return [...sizes]
    .filter(([prefix, size]) => size <= room && !taken.some((other) => other.startsWith(prefix)))
    .toSorted(([, a], [, b]) => b - a)[0];
}

/** Characters for names beside what every policy has, and the statement that lets other classes pass. */
function roomFor(statements: readonly Statement[]): number {
  const shared = statements.map(({ Resource, ...rest }) => ({
    ...rest,
    Resource: typeof Resource === "object" ? Resource.filter((arn) => !isDivided(arn)) : Resource,
  }));
  const around = { Version: "2012-10-17", Statement: [...shared, beyond({ NotResource: [] })] };
  return POLICY_LIMITS.session - JSON.stringify(around).length;
}

/** Characters in a list, with quotes and comma. */
function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 3, 0);
}

function patternsOf(prefixes: readonly string[]): number {
  return sizeOf(prefixes) + prefixes.length * "arn:aws-us-gov:bedrock:*:*:*".length;
}
