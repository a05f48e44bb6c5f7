/**
 * The permissions of a delegated role, compiled from the delegation's grants: exactly the actions, resources and
 * conditions that the granted calls need. Foundation models behind a profile or router are allowed through it only.
 * Source: "Prerequisites for inference profiles", "Identity-based policy examples for Amazon Bedrock" and "Set up
 * permissions to use guardrails" in the Bedrock user guide; the service authorization reference.
 */
import type { Delegation, Grant } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import { OPERATIONS, OPERATION_NAMES, type Operation } from "../core/operations.ts";
import { withinLimit, type Conditions, type PolicyDocument, type Statement } from "./document.ts";
import { arnIn, guardrailsOf, guardrailStatements } from "./guardrails.ts";
import { mayBeGlobal, reachesOf, regionsOf, type Reach } from "./reach.ts";

/** A permission before permissions that differ in their resources only are put together. */
interface Permission {
  name: string;
  actions: string[];
  resources: string[];
  condition?: Conditions;
}

/** Throws PolicyError `grants` past IAM's limit for a role's inline policies. */
export function rolePolicy(delegation: Delegation): PolicyDocument {
  const permissions = [
    ...delegation.grants.flatMap((grant) => [
      ...grant.regions.flatMap((region) => inRegion(grant, { ...delegation, region })),
      ...anywhere(grant),
    ]),
    ...beside(delegation),
  ];
  const statements = numbered(merged(permissions.filter(({ actions }) => actions.length > 0)));
  return withinLimit("role", "grants", [...statements, ...guardrailStatements(delegation)]);
}

function inRegion(grant: Grant, place: Place): Permission[] {
  const operations = operationsOf(grant);
  const reaches = grant.models.flatMap((pattern) => reachesOf(pattern, place));
  return [
    ...reaches.flatMap((reach) => inference(reach, operations, place)),
    ...lookups(reaches, operations, place),
    ...guardrailPermissions(grant, operations, place),
    ...asyncInvocations(operations, place),
  ];
}

function operationsOf(grant: Grant): Operation[] {
  return grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
}

function actionsOf(operations: readonly Operation[], wanted: readonly string[]): string[] {
  const needed = new Set<string>(operations.map((operation) => OPERATIONS[operation].action));
  return wanted.filter((action) => needed.has(action));
}

const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

function inference(reach: Reach, operations: Operation[], place: Place): Permission[] {
  const actions = actionsOf(operations, INVOKE);
  const models = (region: string, id: string) =>
    `arn:${place.partition}:bedrock:${region}::foundation-model/${id}`;
  const named = { name: "Invoke", actions, resources: [reach.arn] };
  if (reach.kind === "router") {
    const profiles = `arn:${place.partition}:bedrock:${place.region}:${place.account}:inference-profile/*`;
    const condition = { ArnLike: { "bedrock:PromptRouterArn": [reach.arn] } };
    return [named, { name: "ThroughRouter", actions, resources: [models("*", "*"), profiles], condition }];
  }
  if (reach.kind !== "profile") return [named];
  const through = { ArnLike: { "bedrock:InferenceProfileArn": [reach.arn] } };
  // AWS adds destinations as it opens regions; the condition keeps what is allowed to this profile.
  const where = reach.geography === "global" ? place.region : regionsOf(reach.geography);
  const source =
    where === "*" || matchesRegion(where, place.region) ? [] : [models(place.region, reach.behind)];
  return [
    named,
    {
      name: "ThroughProfile",
      actions,
      resources: [...source, models(where, reach.behind)],
      condition: through,
    },
    ...(mayBeGlobal(reach.geography)
      ? [
          {
            name: "ThroughGlobalProfile",
            actions,
            resources: [models("", reach.behind)],
            condition: { ...through, StringEquals: { "aws:RequestedRegion": "unspecified" } },
          },
        ]
      : []),
  ];
}

function matchesRegion(pattern: string, region: string): boolean {
  return pattern.endsWith("*") ? region.startsWith(pattern.slice(0, -1)) : pattern === region;
}

/** CountTokens knows foundation models only: those behind a profile are counted, not invoked, directly. */
function lookups(reaches: readonly Reach[], operations: Operation[], place: Place): Permission[] {
  const direct = reaches.filter(({ kind }) => kind === "foundation-model").map(({ arn }) => arn);
  const behind = reaches
    .filter(({ kind, geography }) => kind === "profile" && geography !== "")
    .map(({ behind: id }) => `arn:${place.partition}:bedrock:${place.region}::foundation-model/${id}`);
  const profiles = reaches.filter(({ kind }) => kind === "profile").map(({ arn }) => arn);
  const lookup = (name: string, action: string, resources: string[]): Permission[] =>
    resources.length === 0 ? [] : [{ name, actions: actionsOf(operations, [action]), resources }];
  return [
    ...lookup("CountTokens", "bedrock:CountTokens", [...new Set([...direct, ...behind])]),
    ...lookup("DescribeModels", "bedrock:GetFoundationModel", direct),
    ...lookup("DescribeProfiles", "bedrock:GetInferenceProfile", profiles),
  ];
}

/** A guardrail that a call names is applied with the caller's permission. */
function guardrailPermissions(grant: Grant, operations: Operation[], place: Place): Permission[] {
  const applied = operations.includes("ApplyGuardrail") ? guardrailsOf(grant, place) : [];
  const named = grant.headers.includes("x-amzn-bedrock-guardrailidentifier")
    ? ["guardrail/*", "guardrail-profile/*"].map((name) => arnIn(place, name))
    : [];
  const resources = [...new Set([...applied, ...named])];
  return resources.length === 0
    ? []
    : [{ name: "ApplyGuardrails", actions: ["bedrock:ApplyGuardrail"], resources }];
}

function asyncInvocations(operations: Operation[], place: Place): Permission[] {
  const resources = [`arn:${place.partition}:bedrock:${place.region}:${place.account}:async-invoke/*`];
  return [{ name: "AsyncResults", actions: actionsOf(operations, ["bedrock:GetAsyncInvoke"]), resources }];
}

/** Lists have no resource of their own. */
function anywhere(grant: Grant): Permission[] {
  const lists = ["bedrock:ListAsyncInvokes", "bedrock:ListFoundationModels", "bedrock:ListInferenceProfiles"];
  return [{ name: "List", actions: actionsOf(operationsOf(grant), lists), resources: ["*"] }];
}

function beside({ role, partition }: Delegation): Permission[] {
  const permissions: Permission[] = [];
  if (role.asyncOutput !== undefined)
    permissions.push({
      name: "WriteAsyncOutput",
      actions: ["s3:PutObject"],
      resources: [`arn:${partition}:s3:::${role.asyncOutput.replace(/\/$/, "")}/*`],
    });
  if (role.bedrockApiKeys)
    permissions.push({
      name: "ShortTermApiKeys",
      actions: ["bedrock:CallWithBearerToken"],
      resources: ["*"],
      condition: { StringEquals: { "bedrock:BearerTokenType": "SHORT_TERM" } },
    });
  return permissions;
}

/** Permissions that differ in their resources only become one. */
function merged(permissions: readonly Permission[]): Permission[] {
  const known = new Map<string, Permission>();
  for (const permission of permissions) {
    const key = JSON.stringify([permission.name, permission.actions, permission.condition]);
    const found = known.get(key);
    known.set(key, {
      ...permission,
      resources: [...new Set([...(found?.resources ?? []), ...permission.resources])],
    });
  }
  return [...known.values()];
}

/** Statements with a Sid each: IAM wants them unique. */
function numbered(permissions: readonly Permission[]): Statement[] {
  const counts = new Map<string, number>();
  return permissions.map(({ name, actions, resources, condition }) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return {
      Sid: count === 1 ? name : `${name}${count}`,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  });
}
