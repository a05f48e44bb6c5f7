/**
 * Reads a policy document from any author, and reports what IAM would refuse.
 * Source: the IAM user guide, "Grammar of the IAM JSON policy language".
 */
import { duplicateKeys, type DuplicateKey } from "./duplicates.ts";
import { invalid, shown, type Finding } from "./finding.ts";
import { isRecord, readConditions, type Refuse, type Test } from "./conditions.ts";

export interface Written {
  value: string;
  /** `Statement[0].Action[1]`. */
  place: string;
}

export interface ReadStatement {
  /** `Statement[0]`. */
  place: string;
  effect: "Allow" | "Deny";
  actions: Written[];
  resources: Written[];
  /** Those of NotResource. */
  notResources: Written[];
  /** `*` is an `AWS` principal. */
  principals: (Written & { type: string })[];
  /** Which of NotAction, NotResource and NotPrincipal it has. */
  negated: string[];
  conditions: Test[];
}

export interface ReadPolicy {
  kind: "trust" | "permissions";
  /** Those that are well formed. */
  statements: ReadStatement[];
  findings: Finding[];
}

type Json = Readonly<Record<string, unknown>>;

/** `document` is JSON text or its parsed value. A trust policy is recognized by its principals. */
export function readPolicy(document: unknown): ReadPolicy {
  const policy = typeof document === "string" ? parsed(document) : document;
  if (policy === undefined) return refused(malformedJson());
  if (!isRecord(policy)) return refused(malformedPolicy("Policy", "is not a JSON object"));
  const written = [policy["Statement"] ?? []].flat();
  const kind = kindOf(written);
  const repeated = typeof document === "string" ? duplicateKeys(document).map(duplicateFinding) : [];
  const findings = [...repeated, ...policyFindings(policy, written)];
  const statements = written.flatMap((statement, at) => {
    const problems: Finding[] = [];
    const read = readStatement(statement, `Statement[${at}]`, { kind, refuse: refusing(problems) });
    findings.push(...problems);
    return problems.length === 0 ? read : [];
  });
  return { kind, statements, findings };
}

function refused(finding: Finding): ReadPolicy {
  return { kind: "permissions", statements: [], findings: [finding] };
}

function refusing(problems: Finding[]): Refuse {
  const fix = "Follow IAM's policy grammar.";
  return (place, message) => problems.push(invalid("malformed_statement", place, message, fix));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function kindOf(statements: readonly unknown[]): ReadPolicy["kind"] {
  const has = (...names: string[]) =>
    statements.some(
      (statement) => isRecord(statement) && names.some((name) => statement[name] !== undefined),
    );
  if (has("Principal", "NotPrincipal")) return "trust";
  const actions = statements.flatMap((each) => (isRecord(each) ? [each["Action"]].flat() : []));
  const assumes = actions.some((action) => typeof action === "string" && /^sts:/i.test(action));
  return assumes && !has("Resource", "NotResource") ? "trust" : "permissions";
}

function duplicateFinding({ place, key }: DuplicateKey): Finding {
  const message = `has the key ${shown(key)} more than once; programs disagree about which one counts`;
  return invalid("duplicate_key", place, message, "Write each key once; put its values into one list.");
}

function malformedJson(): Finding {
  return invalid("malformed_json", "Policy", "is not JSON", "Write the policy as one JSON document.");
}

function malformedPolicy(place: string, message: string): Finding {
  return invalid("malformed_policy", place, message, "Follow IAM's policy grammar.");
}

function policyFindings(policy: Json, statements: readonly unknown[]): Finding[] {
  const unknown = Object.keys(policy).filter((name) => !["Version", "Id", "Statement"].includes(name));
  const findings = unknown.map((name) => malformedPolicy("Policy", `has the unknown element ${shown(name)}`));
  if (!["2012-10-17", "2008-10-17", undefined].includes(policy["Version"] as string | undefined))
    findings.push(malformedPolicy("Version", "is not a version of the policy language; use 2012-10-17"));
  if (statements.length === 0) findings.push(malformedPolicy("Statement", "is missing or empty"));
  return findings;
}

const NEGATIONS = ["NotAction", "NotResource", "NotPrincipal"];
const ELEMENTS = ["Sid", "Effect", "Action", "Resource", "Principal", "Condition", ...NEGATIONS];

/** One statement, or none if it isn't an object. Reports malformed parts through `refuse`. */
function readStatement(
  value: unknown,
  place: string,
  { kind, refuse }: { kind: ReadPolicy["kind"]; refuse: Refuse },
): ReadStatement[] {
  if (!isRecord(value)) {
    refuse(place, "is not an object");
    return [];
  }
  const effect = value["Effect"];
  if (effect !== "Allow" && effect !== "Deny") refuse(`${place}.Effect`, "is neither Allow nor Deny");
  checkElements(value, place, { kind, refuse });
  const statement: ReadStatement = {
    place,
    effect: effect === "Deny" ? "Deny" : "Allow",
    actions: texts(value, "Action", place, refuse),
    resources: texts(value, "Resource", place, refuse),
    notResources: texts(value, "NotResource", place, refuse),
    principals: principals(value["Principal"], `${place}.Principal`, refuse),
    negated: NEGATIONS.filter((name) => value[name] !== undefined),
    conditions: readConditions(value["Condition"], `${place}.Condition`, refuse),
  };
  checkActions([...statement.actions, ...texts(value, "NotAction", place, refuse)], refuse);
  checkResources([...statement.resources, ...statement.notResources], refuse);
  return [statement];
}

const WANTED = { trust: ["Action", "Principal"], permissions: ["Action", "Resource"] };
const PROHIBITED = { trust: ["Resource", "NotResource"], permissions: ["Principal", "NotPrincipal"] };

function checkElements(
  statement: Json,
  place: string,
  { kind, refuse }: { kind: ReadPolicy["kind"]; refuse: Refuse },
): void {
  for (const name of Object.keys(statement))
    if (!ELEMENTS.includes(name)) refuse(place, `has the unknown element ${shown(name)}`);
  for (const name of WANTED[kind])
    if ((statement[name] === undefined) === (statement[`Not${name}`] === undefined))
      refuse(place, `must have either ${name} or Not${name}`);
  for (const name of PROHIBITED[kind])
    if (statement[name] !== undefined) refuse(`${place}.${name}`, `is not allowed in a ${kind} policy`);
}

function checkActions(actions: readonly Written[], refuse: Refuse): void {
  for (const { value, place } of actions)
    if (!/^(?:\*|[a-zA-Z0-9-]+:[\w*?]+)$/.test(value)) refuse(place, `${shown(value)} is not an action`);
}

function checkResources(resources: readonly Written[], refuse: Refuse): void {
  for (const { value, place } of resources)
    if (value !== "*" && !value.startsWith("arn:")) refuse(place, `${shown(value)} is neither an ARN nor *`);
}

/** One string or a list of them, each with its place. */
function texts(statement: Json, name: string, place: string, refuse: Refuse): Written[] {
  return textsOf(statement[name], `${place}.${name}`, refuse);
}

function textsOf(value: unknown, place: string, refuse: Refuse): Written[] {
  if (value === undefined) return [];
  if (typeof value === "string") return [{ value, place }];
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === "string")) {
    refuse(place, "must be a string or a list of strings");
    return [];
  }
  return value.map((each: string, at) => ({ value: each, place: `${place}[${at}]` }));
}

const PRINCIPAL_TYPES = ["AWS", "Service", "Federated", "CanonicalUser"];

function principals(value: unknown, place: string, refuse: Refuse): ReadStatement["principals"] {
  if (value === undefined) return [];
  if (value === "*") return [{ type: "AWS", value, place }];
  if (!isRecord(value)) {
    refuse(place, 'must be an object such as {"AWS": "arn:…"}');
    return [];
  }
  return Object.entries(value).flatMap(([type, names]) => {
    if (!PRINCIPAL_TYPES.includes(type)) refuse(place, `${shown(type)} is not a type of principal`);
    return textsOf(names, `${place}.${type}`, refuse).map((each) => ({ ...each, type }));
  });
}
