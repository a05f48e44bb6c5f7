/**
 * Condition operators. Source: "IAM JSON policy elements: Condition operators" and "Conditions with multiple context
 * keys or values" in the IAM user guide.
 */
import { BlockList, isIP } from "node:net";
import { literal, matches, matchesArn } from "./match.ts";
import type { Context } from "./match.ts";

export interface Condition {
  /** As written, e.g. `ForAnyValue:StringLikeIfExists`. */
  operator: string;
  key: string;
  values: string[];
}

/** Whether one value of the request satisfies one value of the policy. */
type Test = (actual: string, wanted: string, context: Context) => boolean;

const exact =
  (compare: (actual: string, wanted: string) => boolean): Test =>
  (actual, wanted, context) => {
    const value = literal(wanted, context);
    return value !== null && compare(actual, value);
  };

const numeric = (compare: (a: number, b: number) => boolean): Test =>
  exact((actual, wanted) => {
    const [a, b] = [Number(actual), Number(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && compare(a, b);
  });

const date = (compare: (a: number, b: number) => boolean): Test =>
  exact((actual, wanted) => {
    const [a, b] = [epochOf(actual), epochOf(wanted)];
    return !Number.isNaN(a) && !Number.isNaN(b) && compare(a, b);
  });

const equals = exact((actual, wanted) => actual === wanted);
const equalsIgnoreCase = exact((actual, wanted) => actual.toLowerCase() === wanted.toLowerCase());
const like: Test = (actual, wanted, context) => matches(wanted, actual, context);
const arnLike: Test = (actual, wanted, context) => matchesArn(wanted, actual, context);
const numberEquals = numeric((a, b) => a === b);
const dateEquals = date((a, b) => a === b);
const inRange = exact(isInRange);

/** `negated` operators hold when no value of the policy matches, and for absent keys. */
const OPERATORS: Record<string, { test: Test; negated?: true }> = {
  StringEquals: { test: equals },
  StringNotEquals: { test: equals, negated: true },
  StringEqualsIgnoreCase: { test: equalsIgnoreCase },
  StringNotEqualsIgnoreCase: { test: equalsIgnoreCase, negated: true },
  StringLike: { test: like },
  StringNotLike: { test: like, negated: true },
  // To IAM, ArnEquals and ArnLike are the same: both take wildcards in each field.
  ArnEquals: { test: arnLike },
  ArnLike: { test: arnLike },
  ArnNotEquals: { test: arnLike, negated: true },
  ArnNotLike: { test: arnLike, negated: true },
  NumericEquals: { test: numberEquals },
  NumericNotEquals: { test: numberEquals, negated: true },
  NumericLessThan: { test: numeric((a, b) => a < b) },
  NumericLessThanEquals: { test: numeric((a, b) => a <= b) },
  NumericGreaterThan: { test: numeric((a, b) => a > b) },
  NumericGreaterThanEquals: { test: numeric((a, b) => a >= b) },
  DateEquals: { test: dateEquals },
  DateNotEquals: { test: dateEquals, negated: true },
  DateLessThan: { test: date((a, b) => a < b) },
  DateLessThanEquals: { test: date((a, b) => a <= b) },
  DateGreaterThan: { test: date((a, b) => a > b) },
  DateGreaterThanEquals: { test: date((a, b) => a >= b) },
  Bool: { test: equalsIgnoreCase },
  IpAddress: { test: inRange },
  NotIpAddress: { test: inRange, negated: true },
};

const SET_PREFIX = /^(ForAnyValue|ForAllValues):/;

export function isOperator(name: string): boolean {
  const bare = name.replace(SET_PREFIX, "").replace(/IfExists$/, "");
  return name === "Null" || Object.hasOwn(OPERATORS, bare);
}

/** All conditions of a statement must hold. */
export function holds(conditions: Condition[], context: Context): boolean {
  return conditions.every((condition) => holdsOne(condition, context));
}

function holdsOne({ operator, key, values }: Condition, context: Context): boolean {
  const actual = context[key.toLowerCase()] ?? [];
  if (operator === "Null")
    return values.some((value) => (value.toLowerCase() === "true") === (actual.length === 0));
  const set = SET_PREFIX.exec(operator)?.[1];
  const bare = operator.replace(SET_PREFIX, "");
  const ifExists = bare.endsWith("IfExists");
  const found = OPERATORS[bare.replace(/IfExists$/, "")];
  if (found === undefined) return false;
  const { test, negated = false } = found;
  const passes = (value: string): boolean =>
    values.some((wanted) => test(value, wanted, context)) !== negated;
  if (actual.length === 0) return ifExists || (set === undefined ? negated : set === "ForAllValues");
  if (set === "ForAllValues") return actual.every(passes);
  if (set === "ForAnyValue") return actual.some(passes);
  // A key with several values and no set operator: a negated operator must hold for each of them.
  return negated ? actual.every(passes) : actual.some(passes);
}

/** IAM takes W3C ISO 8601 and epoch seconds. */
function epochOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function isInRange(address: string, range: string): boolean {
  const [network = "", bits] = range.split("/");
  if (isIP(network) === 0 || isIP(address) !== isIP(network)) return false;
  const isV6 = isIP(network) === 6;
  const widest = isV6 ? 128 : 32;
  const prefix = Number(bits ?? widest);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > widest) return false;
  const family = isV6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}
