/**
 * The session policy of one client: what AssumeRole's `Policy` narrows the role's session to. It can only take
 * away from the role (the result is the intersection), so a pattern that is a little wide here is still bounded
 * by the role. Source: STS AssumeRole `Policy`, at most 2,048 characters together with managed policy ARNs.
 */
import type { Grant, RoleSettings } from "../core/delegation.ts";
import { matchesPattern, type Place } from "../core/model.ts";
import { OPERATIONS, OPERATION_NAMES, type Operation, type OperationFacts } from "../core/operations.ts";
import { POLICY_LIMITS, type Conditions } from "./document.ts";
import { arnIn, guardrailsOf, requiredGuardrail } from "./guardrails.ts";
import { reachesOf, type Reach } from "./reach.ts";

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

interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string[] | "*";
  Condition?: Conditions;
}

/** The policy document for `grants` as compact JSON. Throws SessionPolicyTooLarge past STS's limit. */
export function sessionPolicy(grants: Grant[], place: Place, role: RoleSettings): string {
  const statements = merge([
    ...grants.flatMap((grant) => statementsOf(grant, place)),
    ...beside(role, place),
  ]);
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  if (text.length > POLICY_LIMITS.session) throw new SessionPolicyTooLarge(text.length);
  return text;
}

/** What the role may do beside the grants, so that the intersection doesn't take it away. */
function beside(role: RoleSettings, place: Place): Statement[] {
  const statements: Statement[] = [];
  if (role.requiredGuardrail !== undefined)
    statements.push({
      Effect: "Allow",
      Action: ["bedrock:ApplyGuardrail"],
      Resource: [requiredGuardrail(role.requiredGuardrail, place).arn],
    });
  if (role.asyncOutput !== undefined)
    statements.push({
      Effect: "Allow",
      Action: ["s3:PutObject"],
      Resource: [`arn:${place.partition}:s3:::${role.asyncOutput}/*`],
    });
  if (role.bedrockApiKeys)
    statements.push({ Effect: "Allow", Action: ["bedrock:CallWithBearerToken"], Resource: "*" });
  return statements;
}

function statementsOf(grant: Grant, place: Place): Statement[] {
  const operations = grant.operations.includes("*") ? OPERATION_NAMES : (grant.operations as Operation[]);
  const actions = {
    model: actionsOf(operations, "model"),
    guardrail: actionsOf(operations, "guardrail"),
    none: actionsOf(operations, "none"),
    "async-invoke": actionsOf(operations, "async-invoke"),
  };
  const statements = grant.regions.flatMap((region) =>
    grant.models.flatMap((pattern) => [...modelStatements(pattern, { ...place, region }, actions.model)]),
  );
  const guardrails = grant.regions.flatMap((region) => guardrailsOf(grant, { ...place, region }));
  if (guardrails.length > 0)
    statements.push({ Effect: "Allow", Action: actions.guardrail, Resource: guardrails });
  const invocations = grant.regions.map(
    (region) => `${arnBase(place)}${region}:${place.account}:async-invoke/*`,
  );
  statements.push({ Effect: "Allow", Action: actions["async-invoke"], Resource: invocations });
  statements.push(
    { Effect: "Allow", Action: actions.none, Resource: "*" },
    ...guardedInference(grant, place),
  );
  return statements.filter(({ Action }) => Action.length > 0);
}

function actionsOf(operations: Operation[], subject: OperationFacts["subject"]): string[] {
  const about = operations.filter((operation) => OPERATIONS[operation].subject === subject);
  return [...new Set(about.map((operation) => OPERATIONS[operation].action))].toSorted();
}

function arnBase({ partition }: Place): string {
  return `arn:${partition}:bedrock:`;
}

/** A guardrail that a call names is applied with the caller's permission: inference alone is not enough. */
function guardedInference(grant: Grant, place: Place): Statement[] {
  if (!grant.headers.includes("x-amzn-bedrock-guardrailidentifier")) return [];
  const resources = grant.regions.flatMap((region) =>
    ["guardrail/*", "guardrail-profile/*"].map(
      (name) => `${arnBase(place)}${region}:${place.account}:${name}`,
    ),
  );
  return [{ Effect: "Allow", Action: ["bedrock:ApplyGuardrail"], Resource: resources }];
}

/** A profile's or router's models are allowed only through it. */
function modelStatements(pattern: string, place: Place, actions: string[]): Statement[] {
  if (pattern === "*") return [{ Effect: "Allow", Action: actions, Resource: "*" }];
  return reachesOf(pattern, place).flatMap((reach) => [
    { Effect: "Allow", Action: actions, Resource: [reach.arn] },
    ...modelsBehind(reach, place, actions),
    ...countedBehind(reach, place, actions),
  ]);
}

/** CountTokens knows foundation models only, so those behind a profile are counted directly. */
function countedBehind({ kind, behind }: Reach, place: Place, actions: string[]): Statement[] {
  if (kind !== "profile" || !actions.includes(COUNT)) return [];
  const models = `${arnBase(place)}${place.region}::foundation-model/${behind}`;
  return [{ Effect: "Allow", Action: [COUNT], Resource: [models] }];
}

/** In any region: the role names them exactly. */
function modelsBehind({ kind, arn, behind }: Reach, place: Place, Action: string[]): Statement[] {
  const models = `${arnBase(place)}*::foundation-model/${behind}`;
  const through = (key: string, ...Resource: string[]): Statement[] => [
    { Effect: "Allow", Action, Resource, Condition: { ArnLike: { [key]: [arn] } } },
  ];
  if (kind === "profile") return through("bedrock:InferenceProfileArn", models);
  if (kind !== "router") return [];
  const profiles = arnIn(place, "inference-profile/*");
  return through("bedrock:PromptRouterArn", models, profiles);
}

/**
 * Puts statements together that differ only in their resources and in the values of their conditions, and drops what
 * a wider pattern covers: characters are scarce. Which models are behind a profile is AWS's to say, so that several
 * profiles' models may stand together under several profiles.
 */
function merge(statements: Statement[]): Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of statements) {
    const key = JSON.stringify([statement.Action, conditionKeys(statement), statement.Resource === "*"]);
    const found = merged.get(key);
    merged.set(key, found ? together(found, statement) : statement);
  }
  return [...merged.values()];
}

function conditionKeys({ Condition = {} }: Statement): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => [operator, ...Object.keys(keys)]);
}

function together(one: Statement, other: Statement): Statement {
  const conditions = Object.entries(one.Condition ?? {}).map(([operator, keys]) => {
    const values = Object.entries(keys).map(([key, value]) => [
      key,
      both(value, other.Condition?.[operator]?.[key] ?? []),
    ]);
    return [operator, Object.fromEntries(values)];
  });
  return {
    ...one,
    ...(one.Resource === "*" ? {} : { Resource: both(one.Resource, other.Resource) }),
    ...(one.Condition === undefined ? {} : { Condition: Object.fromEntries(conditions) as Conditions }),
  };
}

function both(a: string | string[], b: string | string[]): string[] {
  return widest([...[a].flat(), ...[b].flat()]);
}

/** The patterns that no other one of them covers. */
function widest(patterns: string[]): string[] {
  const distinct = [...new Set(patterns)];
  return distinct.filter(
    (pattern) => !distinct.some((other) => other !== pattern && matchesPattern(other, pattern)),
  );
}
