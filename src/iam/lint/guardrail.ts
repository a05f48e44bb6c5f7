/** Whether permissions deny inference without the guardrail that the delegation requires. */
import type { PolicyDocument } from "../document.ts";
import { broader, type Finding } from "./finding.ts";
import { covers, coversArn } from "./patterns.ts";
import type { ReadStatement } from "./read.ts";

const KEY = "bedrock:GuardrailIdentifier";
const INVOKE = ["bedrock:invokemodel", "bedrock:invokemodelwithresponsestream"];

/** `policy` is the role policy that Signet compiles: it has one Deny, if a guardrail is required. */
export function guardrailFindings(
  statements: readonly ReadStatement[],
  policy: PolicyDocument,
  fix: string,
): Finding[] {
  const wanted = policy.Statement.find(({ Effect }) => Effect === "Deny")?.Condition?.["StringNotLike"]?.[
    KEY
  ];
  if (wanted === undefined || !statements.some(({ effect }) => effect === "Allow")) return [];
  const allowed = [wanted].flat();
  const invoked = policy.Statement.filter(({ Sid }) => Sid?.startsWith("Invoke"))
    .flatMap(({ Resource = [] }) => Resource)
    .filter((resource) => !/:(?:project|async-invoke)\//.test(resource));
  if (statements.some((statement) => deniesWithout(statement, allowed, invoked))) return [];
  return [
    broader(
      "guardrail_not_required",
      "Policy",
      "does not deny inference without the required guardrail",
      fix,
    ),
  ];
}

const NEGATED = ["StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"];

function deniesWithout(statement: ReadStatement, allowed: string[], invoked: readonly string[]): boolean {
  const { effect, actions, conditions } = statement;
  const [test, ...more] = conditions;
  if (effect !== "Deny" || test === undefined || more.length > 0) return false;
  const all = INVOKE.every((action) => actions.some(({ value }) => covers(value.toLowerCase(), action)));
  const negated = NEGATED.includes(test.base) && test.set === undefined;
  const within = test.values.every((value) => allowed.some((pattern) => covers(pattern, value)));
  const isKey = test.key.toLowerCase() === KEY.toLowerCase();
  return all && negated && within && isKey && invoked.every((resource) => reaches(statement, resource));
}

/** Whether a Deny applies to a resource, or to the foundation models without which a profile can't be called. */
function reaches({ resources, notResources }: ReadStatement, resource: string): boolean {
  if (notResources.length > 0) return notResources.every(({ value }) => /:project\/[^:]*$/.test(value));
  const models = resource.replace(
    /:[^:]*:[^:]*:(?:application-)?inference-profile\/.*$/,
    ":*::foundation-model/*",
  );
  return resources.some(({ value }) => coversArn(value, resource) || coversArn(value, models));
}
