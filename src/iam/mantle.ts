/**
 * Permissions for bedrock-mantle. Its actions are on projects; which models is a condition. It takes models by their ids
 * (`openai.gpt-oss-20b`), and calls through it name no guardrail. Source: the service authorization reference of Amazon
 * Bedrock Powered by AWS Mantle.
 */
import type { Grant } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import type { Operation } from "../core/operations.ts";
import { operationsOf } from "./granted.ts";
import { isGuardrail } from "./guardrails.ts";
import type { Permission } from "./permissions.ts";

/** To grants, a call passed on to Mantle is InvokeModel, or its streaming form: decision 0012. */
const ACTIONS: { name: string; action: string; operations: Operation[]; isAboutModel: boolean }[] = [
  {
    name: "Mantle",
    action: "bedrock-mantle:CreateInference",
    operations: ["InvokeModel", "InvokeModelWithResponseStream"],
    isAboutModel: true,
  },
  {
    name: "MantleCountTokens",
    action: "bedrock-mantle:CountTokens",
    operations: ["CountTokens"],
    isAboutModel: true,
  },
  {
    name: "MantleModels",
    action: "bedrock-mantle:ListModels",
    operations: ["ListFoundationModels"],
    isAboutModel: false,
  },
];

/** What a grant means there. */
export function mantlePermissions(grant: Grant, { partition, account }: Omit<Place, "region">): Permission[] {
  const resources = grant.regions.map(
    (region) => `arn:${partition}:bedrock-mantle:${region}:${account}:project/*`,
  );
  const models = [...new Set(grant.models.flatMap(idOf))];
  const granted = operationsOf(grant);
  return ACTIONS.filter(
    ({ operations, isAboutModel }) =>
      operations.some((operation) => granted.includes(operation)) && !(isAboutModel && models.length === 0),
  ).map(({ name, action, isAboutModel }) => ({
    name,
    actions: [action],
    resources,
    ...(isAboutModel ? { condition: { StringLike: { "bedrock-mantle:Model": models } } } : {}),
  }));
}

/** A model that only its ARN names has no id. */
function idOf(pattern: string): string[] {
  if (isGuardrail(pattern)) return [];
  if (!pattern.startsWith("arn:")) return [pattern];
  return /:foundation-model\/(.+)$/.exec(pattern)?.slice(1) ?? [];
}
