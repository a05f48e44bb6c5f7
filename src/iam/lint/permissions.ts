/**
 * What permissions allow beyond a delegation's grants. They are compared with the role policy that Signet compiles:
 * each action on each resource must be within one of its statements.
 */
import type { Delegation } from "../../core/delegation.ts";
import type { Conditions, PolicyDocument } from "../document.ts";
import { rolePolicy } from "../role-policy.ts";
import { requiresExactly, requiresWithin, testsOf, type Test } from "./conditions.ts";
import { broader, shown, type Finding } from "./finding.ts";
import { guardrailFindings } from "./guardrail.ts";
import { arnFields, covers, coversArn, hasWildcard } from "./patterns.ts";
import { projectFindings } from "./project.ts";
import type { ReadStatement, Written } from "./read.ts";

/** One action on one resource pattern that the delegation needs. */
interface Needed {
  action: string;
  resource: string;
  conditions: Conditions;
}

/** A Deny can only narrow. Throws PolicyError if no role policy can be made for the delegation. */
export function lintPermissions(statements: readonly ReadStatement[], delegation: Delegation): Finding[] {
  const policy = rolePolicy(delegation);
  const needed = neededOf(policy);
  const fix = `Allow what \`signet policy role ${delegation.name}\` prints, and nothing more.`;
  return [
    ...statements
      .filter(({ effect }) => effect === "Allow")
      .flatMap((statement) => statementFindings(statement, needed, fix)),
    ...guardrailFindings(statements, policy, fix),
    ...projectFindings(statements, delegation),
  ];
}

function neededOf({ Statement }: PolicyDocument): Needed[] {
  return Statement.filter(({ Effect }) => Effect === "Allow").flatMap((statement) =>
    [statement.Action]
      .flat()
      .flatMap((action) =>
        [statement.Resource ?? []]
          .flat()
          .map((resource) => ({ action, resource, conditions: statement.Condition ?? {} })),
      ),
  );
}

function statementFindings(statement: ReadStatement, needed: readonly Needed[], fix: string): Finding[] {
  const { place, actions, resources, negated, conditions } = statement;
  const findings: Finding[] = [];
  if (negated.includes("NotAction"))
    findings.push(
      broader("not_action", `${place}.NotAction`, "allows every other action, of every service", fix),
    );
  if (negated.includes("NotResource"))
    findings.push(broader("not_resource", `${place}.NotResource`, "allows every other resource", fix));
  const named = needed.filter(({ action }) => actions.some(({ value }) => coversAction(value, action)));
  return [
    ...findings,
    ...actions.flatMap((action) => actionFindings(action, needed, fix)),
    ...resources.flatMap((resource) =>
      inRequestedRegions(resource, conditions)
        .flatMap((each) => resourceFindings(each, named, { conditions, fix }))
        .slice(0, 1),
    ),
  ];
}

function coversAction(pattern: string, action: string): boolean {
  return covers(pattern.toLowerCase(), action.toLowerCase());
}

function actionFindings({ value, place }: Written, needed: readonly Needed[], fix: string): Finding[] {
  const about = (code: Finding["code"], message: string) => [
    broader(code, place, `${shown(value)} ${message}`, fix),
  ];
  if (hasWildcard(value)) return about("action_wildcard", "matches more actions than the grants need");
  if (needed.some(({ action }) => action.toLowerCase() === value.toLowerCase())) return [];
  if (/^aws-marketplace:/i.test(value))
    return about(
      "action_marketplace",
      "makes purchases for the account; let an administrator subscribe beforehand",
    );
  if (!/^bedrock:/i.test(value)) return about("action_outside_bedrock", "is not a Bedrock action");
  return about("action_beyond", "is not needed by any granted operation");
}

interface Surroundings {
  conditions: readonly Test[];
  fix: string;
}

/**
 * A pattern of regions means those of them that a condition on aws:RequestedRegion lets through; `unspecified` is that of
 * models without a region, which global profiles reach.
 */
function inRequestedRegions(resource: Written, conditions: readonly Test[]): Written[] {
  const test = testsOf(conditions, "aws:RequestedRegion").find((each) => requiresExactly(each, each.values));
  const fields = arnFields(resource.value);
  const region = fields?.[REGION] ?? "";
  if (test === undefined || fields === undefined || !hasWildcard(region)) return [resource];
  return test.values
    .map((value) => (value === "unspecified" ? "" : value))
    .filter((value) => covers(region, value))
    .map((value) => ({ ...resource, value: fields.with(REGION, value).join(":") }));
}

/** At most one: of the first action that reaches too far on the resource. */
function resourceFindings(
  { value, place }: Written,
  named: readonly Needed[],
  { conditions, fix }: Surroundings,
): Finding[] {
  const actions = new Set(named.map((each) => each.action));
  for (const action of actions) {
    if (!appliesTo(action, value)) continue;
    const candidates = named.filter((each) => each.action === action);
    const within = candidates.filter(({ resource }) => coversArn(resource, value));
    if (within.length === 0) {
      const [code, message] = beyond(value, candidates);
      return [broader(code, place, `${action} on ${shown(value)} ${message}`, fix)];
    }
    if (within.some((each) => impliedBy(each.conditions, conditions))) continue;
    const keys = Object.values(within[0]?.conditions ?? {}).flatMap((tests) => Object.keys(tests));
    const message = `${action} on ${shown(value)} is granted only under ${keys.join(" and ")}`;
    return [broader("condition_missing", place, message, fix)];
  }
  return [];
}

/** Kinds of resources that an action supports, if it supports few. Source: the service authorization reference. */
const KINDS: Record<string, RegExp> = {
  "bedrock:CountTokens": /^foundation-model\//,
  "bedrock:GetFoundationModel": /^foundation-model\//,
  "bedrock:GetInferenceProfile": /^(?:application-)?inference-profile\//,
};

/** On other kinds of resources it does nothing. */
function appliesTo(action: string, resource: string): boolean {
  const kind = arnFields(resource)?.[5];
  return kind === undefined || /^[^/]*[*?]/.test(kind) || (KINDS[action]?.test(kind) ?? true);
}

const [REGION, ACCOUNT] = [3, 4];
const MODEL =
  /^(?:foundation-model|inference-profile|application-inference-profile|provisioned-model|custom-model|custom-model-deployment|imported-model|prompt-router|default-prompt-router)\//;

/** In what respect a resource that no candidate covers goes beyond them. */
function beyond(resource: string, candidates: readonly Needed[]): [Finding["code"], string] {
  const coveredBut = (...fields: number[]) =>
    candidates.some((each) => coversArn(each.resource, resource, fields));
  const fields = arnFields(resource);
  if (!fields) return ["resource_wildcard", "reaches far beyond the grants"];
  if (coveredBut(REGION)) return ["region_beyond", "reaches regions that are not granted"];
  if (coveredBut(ACCOUNT)) return ["account_beyond", "reaches another account"];
  if (coveredBut(REGION, ACCOUNT)) return ["region_beyond", "reaches other regions and accounts"];
  if (hasWildcard(resource) && candidates.some((each) => coversArn(resource, each.resource)))
    return ["resource_wildcard", "reaches beyond the grants"];
  return MODEL.test(fields[5] ?? "")
    ? ["model_beyond", "is a model that is not granted"]
    : ["resource_beyond", "is not granted"];
}

/** Whether a statement's conditions restrict a request at least as much as needed. */
function impliedBy(needed: Conditions, tests: readonly Test[]): boolean {
  return Object.values(needed).every((keys) =>
    Object.entries(keys).every(([key, values]) =>
      testsOf(tests, key).some((test) => requiresWithin(test, [values].flat())),
    ),
  );
}
