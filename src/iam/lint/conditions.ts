/**
 * The conditions of a statement, and whether one certainly restricts a request to given values.
 * Source: the IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context
 * keys or values".
 */
import { shown } from "./finding.ts";
import { covers, coversArn, hasWildcard } from "./patterns.ts";

/** One operator on one key. */
export interface Test {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  operator: string;
  set: "ForAnyValue" | "ForAllValues" | undefined;
  /** Without set and IfExists: `StringLike`. */
  base: string;
  ifExists: boolean;
  /** As written. */
  key: string;
  values: string[];
  /** `Statement[0].Condition.StringLike`. */
  place: string;
}

/** Reports that something is malformed. */
export type Refuse = (place: string, message: string) => void;

const OPERATOR =
  /^(?:(ForAnyValue|ForAllValues):)?(String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(IfExists)?$|^Null$/;

/** Reports malformed parts through `refuse`, and returns the rest. */
export function readConditions(value: unknown, place: string, refuse: Refuse): Test[] {
  if (value === undefined) return [];
  if (!isRecord(value)) {
    refuse(place, "must be an object");
    return [];
  }
  return Object.entries(value).flatMap(([operator, keys]) => {
    const [known, set, base = known, ifExists] = OPERATOR.exec(operator) ?? [];
    if (base === undefined || !isRecord(keys)) {
      refuse(place, `${shown(operator)} is not a condition operator with its keys`);
      return [];
    }
    return Object.entries(keys).map(([key, written]) => {
      const values = [written].flat();
      if (!values.every((each) => ["string", "number", "boolean"].includes(typeof each)))
        refuse(`${place}.${operator}`, `the values of ${shown(key)} must be strings`);
      return {
        operator,
        set: set as Test["set"],
        base,
        ifExists: ifExists !== undefined,
        key,
        values: values.map(String),
        place: `${place}.${operator}`,
      };
    });
  });
}

/** The tests of a key; IAM ignores the case of keys. */
export function testsOf(tests: readonly Test[], key: string): Test[] {
  return tests.filter((test) => test.key.toLowerCase() === key.toLowerCase());
}

/** Whether the test fails for a request that lacks the key, and for every value other than exactly `values`. */
export function requiresExactly(test: Test, values: readonly string[]): boolean {
  if (test.set !== undefined || test.ifExists || test.values.length === 0) return false;
  if (!["StringEquals", "StringLike", "ArnEquals", "ArnLike"].includes(test.base)) return false;
  return test.values.every((value) => !hasWildcard(value) && values.includes(value));
}

/** Whether the test fails for a request that lacks the key, and for every value that no pattern matches. */
export function requiresWithin(test: Test, patterns: readonly string[]): boolean {
  if (test.set === "ForAllValues" || test.ifExists || test.values.length === 0) return false;
  if (!["StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress"].includes(test.base)) return false;
  const within = (value: string) =>
    patterns.some((pattern) =>
      pattern.startsWith("arn:") ? coversArn(pattern, value) : covers(pattern, value),
    );
  return test.values.every(within);
}

const NEGATED = ["StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress"];

/**
 * Whether statements that deny, each by the tests of one list together, let nothing pass but what the patterns match.
 * Lists that test other keys too deny less, and don't count.
 */
export function refuseAllBut(
  denials: readonly (readonly Test[])[],
  key: string,
  patterns: readonly string[],
): boolean {
  const own = denials.filter((tests) => tests.length > 0 && testsOf(tests, key).length === tests.length);
  return (
    own.some((tests) => tests.every((test) => refusesOthers(test, patterns))) &&
    own.some((tests) => tests.every(refusesMissing))
  );
}

function refusesOthers(test: Test, patterns: readonly string[]): boolean {
  if (test.base === "Null") return isNull(test, "false");
  if (!NEGATED.includes(test.base) || test.values.length === 0) return false;
  return test.values.every((value) => patterns.some((pattern) => covers(pattern, value)));
}

function refusesMissing(test: Test): boolean {
  if (test.base === "Null") return isNull(test, "true");
  return NEGATED.includes(test.base) && (test.ifExists || test.set !== "ForAnyValue");
}

function isNull({ values }: Test, wanted: "true" | "false"): boolean {
  return values.some((value) => value.toLowerCase() === wanted);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
