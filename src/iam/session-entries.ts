/**
 * What a session needs for its grants, action by action.
 *
 * Profiles and routers are named exactly, the models behind them are not: AWS decides which those are, and a call through
 * another profile or router lacks that one. So any model is allowed through any of the account's own (decision 0027).
 */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import { OPERATIONS, type Operation, type OperationFacts } from "../core/operations.ts";
import { arnIn, foundationModelArn, grantedProject } from "./arns.ts";
import type { Entry } from "./compact.ts";
import { asyncOutputOf, operationsOf } from "./granted.ts";
import { guardrailsOf, isGuardrail, requiredGuardrail } from "./guardrails.ts";
import { mantlePermissions } from "./mantle.ts";
import { isSystemProfile, reachesOf, type Reach } from "./reach.ts";

export const COUNT_TOKENS = "bedrock:CountTokens";

export function entriesOf(grants: readonly Grant[], place: Place, role: RoleSettings): Entry[] {
  const entries = [
    ...grants.flatMap((grant) => entriesOfGrant(grant, place, role)),
    ...behind(grants, place),
    ...beside(grants, role, place),
  ];
  return entries.filter(({ actions, resources }) => actions.length > 0 && resources.length > 0);
}

function entriesOfGrant(grant: Grant, place: Place, role: RoleSettings): Entry[] {
  const operations = operationsOf(grant);
  const places = grant.regions.map((region) => ({ ...place, region }));
  return [
    ...places.flatMap((here) =>
      grant.models.includes("*") ? [all(operations, here)] : some(grant, operations, here),
    ),
    ...inProject(grant, operations, grantedProject(grant, { ...place, region: "*" }, role)),
    { actions: actionsOf(operations, "none"), resources: ["*"] },
    ...namedGuardrails(grant, places),
  ];
}

/** Everything of a region in one pattern: characters are scarce, and the role names the kinds. */
function all(operations: readonly Operation[], { partition, region }: Place): Entry {
  const actions = (["model", "guardrail", "async-invoke"] as const).flatMap((subject) =>
    actionsOf(operations, subject),
  );
  return { actions: [...new Set(actions)], resources: [`arn:${partition}:bedrock:${region}:*:*`] };
}

function some(grant: Grant, operations: readonly Operation[], here: Place): Entry[] {
  return [
    ...modelEntries(grant, operations, here),
    { actions: actionsOf(operations, "guardrail"), resources: guardrailsOf(grant, here) },
    ...asyncEntries(operations, here),
  ];
}

/** `project` is in any region: a call needs its model too, which is allowed in the granted ones only. */
function inProject({ models }: Grant, operations: readonly Operation[], project: string): Entry[] {
  const isAboutModels = models.some((pattern) => !isGuardrail(pattern));
  return isAboutModels ? [{ actions: invokeActions(operations), resources: [project] }] : [];
}

function actionsOf(operations: readonly Operation[], subject: OperationFacts["subject"]): string[] {
  const about = operations.filter((operation) => OPERATIONS[operation].subject === subject);
  return [...new Set(about.map((operation) => OPERATIONS[operation].action))];
}

function invokeActions(operations: readonly Operation[]): string[] {
  return actionsOf(operations, "model").filter((action) => action.startsWith("bedrock:InvokeModel"));
}

function modelEntries(grant: Grant, operations: readonly Operation[], place: Place): Entry[] {
  const invoking = invokeActions(operations);
  const looked = actionsOf(operations, "model").filter((action) => !invoking.includes(action));
  const reaches = grant.models.flatMap((pattern) => reachesOf(pattern, place));
  const lookups = looked.map((action) => ({
    actions: [action],
    resources: reaches.flatMap((reach) => lookedUp(action, reach, place)),
  }));
  return [...reaches.map(({ arn }) => ({ actions: invoking, resources: [arn] })), ...lookups];
}

/** CountTokens takes foundation models only, so those behind a profile are counted directly. */
function lookedUp(action: string, reach: Reach, place: Place): string[] {
  if (action === "bedrock:GetInferenceProfile") return reach.kind === "profile" ? [reach.arn] : [];
  if (reach.kind === "foundation-model") return [reach.arn];
  if (action !== COUNT_TOKENS || !isSystemProfile(reach)) return [];
  return reach.behind.map((id) => foundationModelArn(place, place.region, id));
}

/** The invocation that StartAsyncInvoke makes is a resource of InvokeModel too. */
function asyncEntries(operations: readonly Operation[], here: Place): Entry[] {
  const started = operations.includes("StartAsyncInvoke") ? ["bedrock:InvokeModel"] : [];
  const actions = [...actionsOf(operations, "async-invoke"), ...started];
  return [{ actions, resources: [arnIn(here, "async-invoke/*")] }];
}

/** A guardrail that a call names is applied with the caller's permission: inference alone is not enough. */
function namedGuardrails(grant: Grant, places: readonly Place[]): Entry[] {
  if (!grant.settings.includes("guardrailConfig")) return [];
  const resources = places.flatMap((here) =>
    ["guardrail/*", "guardrail-profile/*"].map((name) => arnIn(here, name)),
  );
  return [{ actions: ["bedrock:ApplyGuardrail"], resources }];
}

/** Models in any region, also those without one that global profiles reach. */
function behind(grants: readonly Grant[], place: Place): Entry[] {
  const anywhere = { ...place, region: "*" };
  const models = foundationModelArn(place, "*", "*");
  const through = (kind: Reach["kind"], key: string, resources: string[]): Entry => ({
    actions: [
      ...new Set(
        grants.flatMap((grant) => (hasReach(grant, kind, place) ? invokeActions(operationsOf(grant)) : [])),
      ),
    ],
    resources,
    condition: { ArnLike: { [`bedrock:${key}`]: arnIn(anywhere, "*") } },
  });
  return [
    through("profile", "InferenceProfileArn", [models]),
    through("router", "PromptRouterArn", [models, arnIn(anywhere, "inference-profile/*")]),
  ];
}

function hasReach(grant: Grant, kind: Reach["kind"], place: Place): boolean {
  return grant.regions.some((region) =>
    grant.models.some((pattern) =>
      reachesOf(pattern, { ...place, region }).some((reach) => reach.kind === kind),
    ),
  );
}

/** What the role may do besides the grants, so that the intersection doesn't remove it. */
function beside(grants: readonly Grant[], role: RoleSettings, place: Place): Entry[] {
  const output = asyncOutputOf(grants, role, place.partition);
  return [
    ...(role.requiredGuardrail === undefined
      ? []
      : [
          {
            actions: ["bedrock:ApplyGuardrail"],
            resources: [requiredGuardrail(role.requiredGuardrail, place).arn],
          },
        ]),
    ...(output === undefined ? [] : [{ actions: ["s3:PutObject"], resources: [output] }]),
    ...(role.bedrockApiKeys ? [{ actions: ["bedrock:CallWithBearerToken"], resources: ["*"] }] : []),
    ...(role.bedrockMantle ? grants.flatMap((grant) => mantlePermissions(grant, place)) : []),
  ];
}
