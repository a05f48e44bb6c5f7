/**
 * The permissions of a delegated role, compiled from the delegation's grants: exactly the actions, resources and
 * conditions that the granted calls need. Foundation models behind a profile or router are allowed through it only.
 * Source: "Prerequisites for inference profiles", "Identity-based policy examples for Amazon Bedrock" and "Set up
 * permissions to use guardrails" in the Bedrock user guide; the service authorization reference.
 */
import type { Delegation, Grant, RoleSettings } from "../core/delegation.ts";
import { matchesPattern, type Place } from "../core/model.ts";
import { OPERATIONS, type Operation } from "../core/operations.ts";
import { arnIn, foundationModelArn, grantedProject } from "./arns.ts";
import { requirePermissions } from "./checks.ts";
import { documentOf, isWithinLimit, withinLimit, type PolicyDocument } from "./document.ts";
import { asyncOutputOf, operationsOf } from "./granted.ts";
import { guardrailsOf, guardrailStatements } from "./guardrails.ts";
import { mantlePermissions } from "./mantle.ts";
import { statementsFrom, throughAnyProfile, throughOwnProfiles, type Permission } from "./permissions.ts";
import { isSystemProfile, mayBeGlobal, reachesOf, regionsOf, type Reach } from "./reach.ts";

/**
 * Throws PolicyError: naming `grants` past IAM's limit for a role's inline policies, or the field that IAM would not
 * accept.
 */
export function rolePolicy(delegation: Delegation): PolicyDocument {
  requirePermissions(delegation);
  const all = [
    ...delegation.grants.flatMap((grant) => [
      ...grant.regions.flatMap((region) => inRegion(grant, { ...delegation, region }, delegation.role)),
      ...anywhere(grant),
    ]),
    ...beside(delegation),
  ];
  const permissions = all.filter(({ actions }) => actions.length > 0);
  const statements = (from: Permission[]) => [...statementsFrom(from), ...guardrailStatements(delegation)];
  for (const from of [permissions, throughAnyProfile(permissions)]) {
    const found = statements(from);
    if (isWithinLimit("role", found)) return documentOf(found);
  }
  return withinLimit("role", "grants", statements(throughOwnProfiles(permissions)));
}

function inRegion(grant: Grant, place: Place, role: RoleSettings): Permission[] {
  const operations = operationsOf(grant);
  const reaches = grant.models.flatMap((pattern) => reachesOf(pattern, place));
  return [
    ...reaches.flatMap((reach) => inference(reach, operations, place)),
    ...(reaches.length === 0
      ? []
      : [
          {
            name: "Invoke",
            actions: actionsOf(operations, INVOKE),
            resources: [grantedProject(grant, place, role)],
          },
        ]),
    ...lookups(reaches, operations, place),
    ...guardrailPermissions(grant, operations, place),
    ...asyncInvocations(operations, place),
  ];
}

function actionsOf(operations: readonly Operation[], wanted: readonly string[]): string[] {
  const needed = new Set<string>(operations.map((operation) => OPERATIONS[operation].action));
  return wanted.filter((action) => needed.has(action));
}

const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

function inference(reach: Reach, operations: Operation[], place: Place): Permission[] {
  const actions = actionsOf(operations, INVOKE);
  const models = (region: string, id: string) => foundationModelArn(place, region, id);
  const named = { name: "Invoke", actions, resources: [reach.arn] };
  if (reach.kind === "router") {
    // A router's own profiles are in its region: the condition names it.
    const profiles = arnIn({ ...place, region: "*" }, "inference-profile/*");
    const condition = { ArnLike: { "bedrock:PromptRouterArn": [reach.arn] } };
    return [named, { name: "ThroughRouter", actions, resources: [models("*", "*"), profiles], condition }];
  }
  if (reach.kind !== "profile") return [named];
  const through = { ArnLike: { "bedrock:InferenceProfileArn": [reach.arn] } };
  const behind = (regions: string[]) =>
    regions.flatMap((region) => reach.behind.map((id) => models(region, id)));
  return [
    named,
    {
      name: "ThroughProfile",
      actions,
      resources: behind(sourceAndDestinations(reach, place)),
      condition: through,
    },
    ...(mayBeGlobal(reach.geography)
      ? [
          {
            name: "ThroughGlobalProfile",
            actions,
            resources: behind([""]),
            condition: { ...through, StringEquals: { "aws:RequestedRegion": "unspecified" } },
          },
        ]
      : []),
  ];
}

/** AWS adds destinations as it opens regions; the condition limits what is allowed to the profile. */
function sourceAndDestinations({ geography }: Reach, { region }: Place): string[] {
  if (geography === "global") return [region];
  const destinations = regionsOf(geography);
  return destinations.some((pattern) => matchesPattern(pattern, region))
    ? destinations
    : [region, ...destinations];
}

/** CountTokens takes foundation models only: those behind a profile are counted, not invoked, directly. */
function lookups(reaches: readonly Reach[], operations: Operation[], place: Place): Permission[] {
  const direct = reaches.filter(({ kind }) => kind === "foundation-model").map(({ arn }) => arn);
  const behind = reaches
    .filter(isSystemProfile)
    .flatMap((reach) => reach.behind.map((id) => foundationModelArn(place, place.region, id)));
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
  const named = grant.settings.includes("guardrailConfig")
    ? ["guardrail/*", "guardrail-profile/*"].map((name) => arnIn(place, name))
    : [];
  const resources = [...new Set([...applied, ...named])];
  return resources.length === 0
    ? []
    : [{ name: "ApplyGuardrails", actions: ["bedrock:ApplyGuardrail"], resources }];
}

/** The invocation is a resource of InvokeModel too: it is what StartAsyncInvoke makes. */
function asyncInvocations(operations: Operation[], place: Place): Permission[] {
  const resources = [arnIn(place, "async-invoke/*")];
  const started = operations.includes("StartAsyncInvoke") ? ["bedrock:InvokeModel"] : [];
  return [
    { name: "Invoke", actions: started, resources },
    { name: "AsyncResults", actions: actionsOf(operations, ["bedrock:GetAsyncInvoke"]), resources },
  ];
}

/** What is about no resource, such as lists: IAM grants it only on `*`. */
function anywhere(grant: Grant): Permission[] {
  const free = operationsOf(grant).filter((operation) => OPERATIONS[operation].subject === "none");
  const actions = [...new Set(free.map((operation) => OPERATIONS[operation].action))].toSorted();
  return [{ name: "List", actions, resources: ["*"] }];
}

function beside({ role, partition, account, grants }: Delegation): Permission[] {
  const permissions: Permission[] = [];
  const output = asyncOutputOf(grants, role, partition);
  if (output !== undefined)
    permissions.push({ name: "WriteAsyncOutput", actions: ["s3:PutObject"], resources: [output] });
  if (role.bedrockApiKeys)
    permissions.push({
      name: "ShortTermApiKeys",
      actions: ["bedrock:CallWithBearerToken"],
      resources: ["*"],
      condition: { StringEquals: { "bedrock:BearerTokenType": "SHORT_TERM" } },
    });
  // Whether AWS asks for it isn't described; the session that is narrowed has nothing else to ask with.
  if (role.scopedCredentials)
    permissions.push({ name: "NarrowSessions", actions: ["sts:GetScopedCredentials"], resources: ["*"] });
  if (role.bedrockMantle)
    permissions.push(...grants.flatMap((grant) => mantlePermissions(grant, { partition, account })));
  return permissions;
}
