/**
 * The session policy of one client: AssumeRole's `Policy`, which narrows the role's session. It can only restrict
 * the role (the result is the intersection), so a pattern that is slightly wide here is still bounded by the role.
 * Source: STS AssumeRole `Policy`, at most 2,048 characters together with managed policy ARNs.
 */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import type { Place } from "../core/model.ts";
import { OPERATIONS, type Operation, type OperationFacts } from "../core/operations.ts";
import { arnIn, foundationModelArn, mantleProjects, projectArn } from "./arns.ts";
import { compacted, type Allow } from "./compact.ts";
import { POLICY_LIMITS } from "./document.ts";
import { asyncOutputOf, operationsOf } from "./granted.ts";
import { guardrailsOf, requiredGuardrail } from "./guardrails.ts";
import { isSystemProfile, reachesOf, type Reach } from "./reach.ts";

export class SessionPolicyTooLarge extends Error {
  readonly size: number;

  constructor(size: number) {
    super(
      `the session policy for these grants has ${size} characters; STS takes at most ${POLICY_LIMITS.session}: ` +
        "grant fewer models, or use patterns such as anthropic.claude-*",
    );
    this.name = "SessionPolicyTooLarge";
    this.size = size;
  }
}

const COUNT = "bedrock:CountTokens";

/** The policy document for `grants` as compact JSON. Throws SessionPolicyTooLarge past STS's limit. */
export function sessionPolicy(grants: Grant[], place: Place, role: RoleSettings): string {
  const statements = compacted([
    ...grants.flatMap((grant) => statementsOf(grant, place, role)),
    ...beside(grants, role, place),
  ]);
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  if (text.length > POLICY_LIMITS.session) throw new SessionPolicyTooLarge(text.length);
  return text;
}

/** What the role may do besides the grants, so that the intersection doesn't remove it. */
function beside(grants: readonly Grant[], role: RoleSettings, place: Place): Allow[] {
  const statements: Allow[] = [];
  if (role.requiredGuardrail !== undefined)
    statements.push({
      Effect: "Allow",
      Action: ["bedrock:ApplyGuardrail"],
      Resource: [requiredGuardrail(role.requiredGuardrail, place).arn],
    });
  const output = asyncOutputOf(grants, role, place.partition);
  if (output !== undefined)
    statements.push({ Effect: "Allow", Action: ["s3:PutObject"], Resource: [output] });
  if (role.bedrockApiKeys)
    statements.push({ Effect: "Allow", Action: ["bedrock:CallWithBearerToken"], Resource: "*" });
  if (role.bedrockMantle)
    statements.push({
      Effect: "Allow",
      Action: ["bedrock-mantle:CreateInference"],
      Resource: mantleProjects(grants, place),
    });
  return statements;
}

function statementsOf(grant: Grant, place: Place, role: RoleSettings): Allow[] {
  const operations = operationsOf(grant);
  const places = grant.regions.map((region) => ({ ...place, region }));
  const statements = [
    ...places.flatMap((here) =>
      grant.models.flatMap((pattern) => modelStatements(pattern, here, actionsOf(operations, "model"))),
    ),
    allow(
      actionsOf(operations, "model").filter((action) => action.startsWith("bedrock:Invoke")),
      // In any region: a call needs its model too, which is allowed in the granted ones only.
      [projectArn({ ...place, region: "*" }, role)],
    ),
    allow(
      actionsOf(operations, "guardrail"),
      places.flatMap((here) => guardrailsIn(grant, here)),
    ),
    allow(
      asyncActions(operations),
      places.map((here) => (grant.models.includes("*") ? all(here) : arnIn(here, "async-invoke/*"))),
    ),
    allow(actionsOf(operations, "none"), "*"),
    ...guardedInference(grant, place),
  ];
  return statements.filter(({ Action, Resource }) => Action.length > 0 && Resource.length > 0);
}

function allow(Action: string[], Resource: Allow["Resource"]): Allow {
  return { Effect: "Allow", Action, Resource };
}

/** Everything of a region in one pattern, for `*`: characters are scarce, and the role names the kinds. */
function all({ partition, region }: Place): string {
  return `arn:${partition}:bedrock:${region}:*:*`;
}

function guardrailsIn(grant: Grant, place: Place): string[] {
  return grant.models.includes("*") ? [all(place)] : guardrailsOf(grant, place);
}

/** The invocation that StartAsyncInvoke makes is a resource of InvokeModel too. */
function asyncActions(operations: Operation[]): string[] {
  const actions = actionsOf(operations, "async-invoke");
  return operations.includes("StartAsyncInvoke") ? [...actions, "bedrock:InvokeModel"] : actions;
}

function actionsOf(operations: Operation[], subject: OperationFacts["subject"]): string[] {
  const about = operations.filter((operation) => OPERATIONS[operation].subject === subject);
  return [...new Set(about.map((operation) => OPERATIONS[operation].action))].toSorted();
}

/** A guardrail that a call names is applied with the caller's permission: inference alone is not enough. */
function guardedInference(grant: Grant, place: Place): Allow[] {
  if (!grant.headers.includes("x-amzn-bedrock-guardrailidentifier")) return [];
  const resources = grant.regions.flatMap((region) =>
    ["guardrail/*", "guardrail-profile/*"].map((name) => arnIn({ ...place, region }, name)),
  );
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: resources }];
}

/** A profile's or router's models are allowed only through it. */
function modelStatements(pattern: string, place: Place, actions: string[]): Allow[] {
  if (pattern === "*") return anyModel(place, actions);
  return reachesOf(pattern, place).flatMap((reach) => [
    { Effect: "Allow", Action: actions, Resource: [reach.arn] },
    ...modelsBehind(reach, place, actions),
    ...countedBehind(reach, place, actions),
  ]);
}

/**
 * What is behind any profile or router of the account, in any region: a call through one also needs the profile or
 * router itself, which is allowed only in the granted regions.
 */
function anyModel(place: Place, actions: string[]): Allow[] {
  const anywhere = { ...place, region: "*" };
  const any = { arn: arnIn(anywhere, "*"), behind: ["*"], geography: "" };
  return [
    { Effect: "Allow", Action: actions, Resource: [all(place)] },
    ...modelsBehind({ ...any, kind: "profile" }, anywhere, actions),
    ...modelsBehind({ ...any, kind: "router" }, anywhere, actions),
  ];
}

/** CountTokens takes foundation models only, so those behind a profile are counted directly. */
function countedBehind(reach: Reach, place: Place, actions: string[]): Allow[] {
  if (!isSystemProfile(reach) || !actions.includes(COUNT)) return [];
  const models = reach.behind.map((id) => foundationModelArn(place, place.region, id));
  return [{ Effect: "Allow", Action: [COUNT], Resource: models }];
}

/** In any region: the role names them exactly. */
function modelsBehind({ kind, arn, behind }: Reach, place: Place, Action: string[]): Allow[] {
  const models = behind.map((id) => foundationModelArn(place, "*", id));
  const through = (key: string, ...Resource: string[]): Allow[] => [
    { Effect: "Allow", Action, Resource, Condition: { ArnLike: { [key]: [arn] } } },
  ];
  if (kind === "profile") return through("bedrock:InferenceProfileArn", ...models);
  if (kind !== "router") return [];
  const profiles = arnIn(place, "inference-profile/*");
  return through("bedrock:PromptRouterArn", ...models, profiles);
}
