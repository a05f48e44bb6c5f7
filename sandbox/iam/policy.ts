/**
 * Parses policy documents as IAM does, refusing what IAM calls a MalformedPolicyDocument.
 * Source: "Grammar of the IAM JSON policy language" in the IAM user guide.
 */
import { AwsError } from "../errors.ts";
import { isOperator } from "./conditions.ts";
import type { Condition } from "./conditions.ts";

/** The place of a policy decides which elements it must and must not have. */
export type PolicyKind = "identity" | "session" | "trust";

export interface Patterns {
  /** True for the Not… form of the element. */
  negated: boolean;
  patterns: string[];
}

export interface Statement {
  effect: "Allow" | "Deny";
  actions: Patterns;
  /** Null in trust policies, where the role itself is the resource. */
  resources: Patterns | null;
  /** Null in identity and session policies. `AWS` entries as written: ARNs, account ids, unique ids, `*`. */
  principals: Patterns | null;
  conditions: Condition[];
}

export interface Policy {
  statements: Statement[];
}

type Json = Record<string, unknown>;

const ACTION = /^(\*|[a-zA-Z0-9-]+:[\w*?]+)$/;
const STATEMENT_ELEMENTS = new Set(
  "Sid Effect Action NotAction Resource NotResource Principal NotPrincipal Condition".split(" "),
);

/** Takes the document as JSON text or an object. */
export function parsePolicy(document: unknown, kind: PolicyKind): Policy {
  const policy = typeof document === "string" ? parseJson(document) : document;
  if (!isObject(policy)) throw malformed("This policy contains invalid Json");
  for (const name of Object.keys(policy)) {
    if (!["Version", "Id", "Statement"].includes(name))
      throw malformed(`Syntax errors in policy: '${name}'.`);
  }
  const version = policy["Version"] ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw malformed("The policy must contain a valid version string");
  }
  const statements = [policy["Statement"]].flat();
  if (statements.length === 0) throw malformed("Syntax errors in policy: no statements.");
  return { statements: statements.map((statement) => parseStatement(statement, kind)) };
}

function parseStatement(value: unknown, kind: PolicyKind): Statement {
  if (!isObject(value)) throw malformed("Syntax errors in policy: a statement must be an object.");
  for (const name of Object.keys(value)) {
    if (!STATEMENT_ELEMENTS.has(name)) throw malformed(`Syntax errors in policy: unknown element '${name}'.`);
  }
  const effect = value["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw malformed("Syntax errors in policy: invalid Effect.");
  const actions = oneOf(value, "Action", "NotAction");
  if (actions === null) throw malformed("Policy statement must contain actions.");
  for (const action of actions.patterns) checkAction(action, kind);
  return {
    effect,
    actions,
    resources: parseResources(value, kind),
    principals: parsePrincipals(value, kind),
    conditions: parseConditions(value["Condition"]),
  };
}

function checkAction(action: string, kind: PolicyKind): void {
  if (!ACTION.test(action)) {
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  if (kind === "trust" && !action.toLowerCase().startsWith("sts:")) {
    throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  }
}

function parseResources(statement: Json, kind: PolicyKind): Patterns | null {
  const resources = oneOf(statement, "Resource", "NotResource");
  if (kind === "trust") {
    if (resources !== null) throw malformed("Has prohibited field Resource");
    return null;
  }
  if (resources === null) throw malformed("Policy statement must contain resources.");
  for (const resource of resources.patterns) {
    if (resource !== "*" && !/^arn:[\w*?-]+:[\w*?-]+/.test(resource)) {
      throw malformed(`Resource ${resource} must be in ARN format or "*".`);
    }
  }
  return resources;
}

function parsePrincipals(statement: Json, kind: PolicyKind): Patterns | null {
  const present = ["Principal", "NotPrincipal"].filter((name) => statement[name] !== undefined);
  if (kind !== "trust") {
    if (present.length > 0) throw malformed("Policy document should not specify a principal.");
    return null;
  }
  const [name, second] = present;
  if (name === undefined || second !== undefined) {
    throw malformed("Syntax errors in policy: exactly one of Principal and NotPrincipal is required.");
  }
  const value = statement[name];
  const negated = name === "NotPrincipal";
  if (negated && statement["Effect"] === "Allow")
    throw malformed("NotPrincipal is not supported with Allow.");
  if (value === "*") return { negated, patterns: ["*"] };
  if (!isObject(value)) throw malformed("Syntax errors in policy: invalid Principal.");
  for (const type of Object.keys(value)) {
    if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(type)) {
      throw malformed(`Syntax errors in policy: invalid Principal type '${type}'.`);
    }
  }
  // Services and federated identities never call the sandbox, so their entries match no one here.
  return { negated, patterns: value["AWS"] === undefined ? [] : strings(value["AWS"], "Principal") };
}

function parseConditions(value: unknown): Condition[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw malformed("Syntax errors in policy: Condition must be an object.");
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) throw malformed(`Invalid Condition type : ${operator}.`);
    if (!isObject(keys)) throw malformed(`Syntax errors in policy: Condition '${operator}'.`);
    return Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      values: [values].flat().map((each) => {
        if (!["string", "number", "boolean"].includes(typeof each)) {
          throw malformed(`Syntax errors in policy: Condition '${operator}' on '${key}'.`);
        }
        return String(each);
      }),
    }));
  });
}

function oneOf(statement: Json, name: string, negatedName: string): Patterns | null {
  const [plain, negated] = [statement[name], statement[negatedName]];
  if (plain !== undefined && negated !== undefined) {
    throw malformed(`Syntax errors in policy: both ${name} and ${negatedName}.`);
  }
  if (plain !== undefined) return { negated: false, patterns: strings(plain, name) };
  if (negated !== undefined) return { negated: true, patterns: strings(negated, negatedName) };
  return null;
}

function strings(value: unknown, element: string): string[] {
  const list = [value].flat();
  if (list.length === 0 || !list.every((each) => typeof each === "string")) {
    throw malformed(`Syntax errors in policy: '${element}' must hold strings.`);
  }
  return list;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function malformed(message: string): AwsError {
  return new AwsError("MalformedPolicyDocument", 400, message);
}
