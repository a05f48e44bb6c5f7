/**
 * Whether permissions for inference name the project of the calls, which AWS's service model requires besides the model.
 * Policies from before that lack it; until Bedrock denies such calls, this is a warning.
 */
import type { Delegation } from "../../core/delegation.ts";
import { projectArn } from "../arns.ts";
import { shown, warning, type Finding } from "./finding.ts";
import { covers, coversArn } from "./patterns.ts";
import type { ReadStatement } from "./read.ts";

const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

export function projectFindings(statements: readonly ReadStatement[], delegation: Delegation): Finding[] {
  const regions = [...new Set(delegation.grants.flatMap((grant) => grant.regions))];
  const projects = regions.map((region) => projectArn({ ...delegation, region }, delegation.role));
  return INVOKE.flatMap((action) => {
    const allowing = statements.filter(({ effect, actions }) => effect === "Allow" && names(actions, action));
    if (allowing.length === 0) return [];
    const missing = projects.filter((project) => !allowing.some((each) => reaches(each, project)));
    return missing.map((project) => {
      const message = `does not allow ${action} on the project of the calls, ${shown(project)}`;
      const fix = `Add ${project} to the resources of the statement that allows ${action}.`;
      return warning("project_missing", "Policy", message, fix);
    });
  });
}

function names(actions: ReadStatement["actions"], action: string): boolean {
  return actions.some(({ value }) => covers(value.toLowerCase(), action.toLowerCase()));
}

/** A statement with a condition on Bedrock's own keys is about what is called. */
function reaches({ resources, notResources, conditions }: ReadStatement, project: string): boolean {
  if (conditions.some(({ key }) => /^bedrock:/i.test(key))) return false;
  if (notResources.length > 0) return !notResources.some(({ value }) => coversArn(value, project));
  return resources.some(({ value }) => coversArn(value, project));
}
