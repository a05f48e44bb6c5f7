/** Whether permissions deny inference without the guardrail that the delegation requires. */
import type { PolicyDocument } from "../document.ts";
import { broader, type Finding } from "./finding.ts";
import { covers } from "./patterns.ts";
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
  if (statements.some((statement) => deniesWithout(statement, allowed))) return [];
  return [
    broader(
      "guardrail_not_required",
      "Policy",
      "does not deny inference without the required guardrail",
      fix,
    ),
  ];
}

function deniesWithout(
  { effect, actions, resources, conditions }: ReadStatement,
  allowed: string[],
): boolean {
  const [test, ...more] = conditions;
  if (effect !== "Deny" || test === undefined || more.length > 0) return false;
  const all = INVOKE.every((action) => actions.some(({ value }) => covers(value.toLowerCase(), action)));
  const anywhere = resources.some(({ value }) => value === "*");
  const negated = ["StringNotEquals", "StringNotLike"].includes(test.base) && test.set === undefined;
  const within = test.values.every((value) => allowed.some((pattern) => covers(pattern, value)));
  return all && anywhere && negated && within && test.key.toLowerCase() === KEY.toLowerCase();
}
