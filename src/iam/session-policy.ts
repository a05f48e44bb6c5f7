/**
 * The session policy of one client: what AssumeRole's `Policy` narrows the role's session to. It can only take
 * away from the role (the result is the intersection), so a pattern that is a little wide here is still bounded
 * by the role. Source: STS AssumeRole `Policy`, at most 2,048 characters together with managed policy ARNs.
 */
import type { Grant } from "../core/delegation.ts";
import { canMatchProfile, foundationModelOf, isProfileId, type Place } from "../core/model.ts";
import { OPERATIONS, OPERATION_NAMES, type Operation, type OperationFacts } from "../core/operations.ts";

/** STS's limit on the plain text of a session policy, in characters. */
export const SESSION_POLICY_LIMIT = 2048;

export class SessionPolicyTooLarge extends Error {
  readonly size: number;

  constructor(size: number) {
    super(
      `the session policy for these grants has ${size} characters; STS takes at most ${SESSION_POLICY_LIMIT}: ` +
        "grant fewer models, or use patterns such as anthropic.claude-*",
    );
    this.name = "SessionPolicyTooLarge";
    this.size = size;
  }
}

interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string[] | "*";
  Condition?: Record<string, Record<string, string[]>>;
}

/** The policy document for `grants` as compact JSON. Throws SessionPolicyTooLarge past STS's limit. */
export function sessionPolicy(grants: Grant[], place: Place): string {
  const statements = merge(grants.flatMap((grant) => statementsOf(grant, place)));
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  if (text.length > SESSION_POLICY_LIMIT) throw new SessionPolicyTooLarge(text.length);
  return text;
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
    grant.models.flatMap((pattern) => [
      ...modelStatements(pattern, { ...place, region }, actions.model),
      ...guardrailStatements(pattern, { ...place, region }, actions.guardrail),
    ]),
  );
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

function guardrailStatements(pattern: string, place: Place, actions: string[]): Statement[] {
  const isArn = pattern.startsWith("arn:") && pattern.includes(":guardrail/");
  if (pattern !== "*" && !pattern.startsWith("guardrail/") && !isArn) return [];
  const name = pattern === "*" ? "guardrail/*" : pattern;
  const resource = isArn ? pattern : `${arnBase(place)}${place.region}:${place.account}:${name}`;
  return [{ Effect: "Allow", Action: actions, Resource: [resource] }];
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

/** What one pattern of a grant means in ARNs. A profile's models are allowed only through that profile. */
function modelStatements(pattern: string, place: Place, actions: string[]): Statement[] {
  const { region, account } = place;
  const base = arnBase(place);
  const allow = (...resources: string[]): Statement => ({
    Effect: "Allow",
    Action: actions,
    Resource: resources,
  });
  if (pattern === "*") return [{ Effect: "Allow", Action: actions, Resource: "*" }];
  if (pattern.startsWith("guardrail/") || pattern.includes(":guardrail/")) return [];
  if (pattern.startsWith("arn:")) {
    const foundation = pattern.includes(":foundation-model/");
    return foundation
      ? [allow(pattern)]
      : [allow(pattern), throughProfile(`${base}*::foundation-model/*`, pattern, actions)];
  }
  const profile = `${base}${region}:${account}:inference-profile/${pattern}`;
  if (isProfileId(pattern)) {
    const model = `${base}*::foundation-model/${foundationModelOf(pattern)}`;
    return [allow(profile), throughProfile(model, profile, actions)];
  }
  const model = `${base}${region}::foundation-model/${pattern}`;
  if (!pattern.includes("*") || !canMatchProfile(pattern)) return [allow(model)];
  // `us.*`, `*claude*`: which models are behind the profiles it matches can't be said more narrowly.
  return [allow(model, profile), throughProfile(`${base}*::foundation-model/*`, profile, actions)];
}

function throughProfile(model: string, profile: string, actions: string[]): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: [model],
    Condition: { ArnLike: { "bedrock:InferenceProfileArn": [profile] } },
  };
}

/** Puts statements together that differ only in their resources, and drops repeated ones: characters are scarce. */
function merge(statements: Statement[]): Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of statements) {
    const key = JSON.stringify([statement.Action, statement.Condition, statement.Resource === "*"]);
    const found = merged.get(key);
    if (!found) merged.set(key, { ...statement });
    else if (found.Resource !== "*" && statement.Resource !== "*") {
      found.Resource = [...new Set([...found.Resource, ...statement.Resource])];
    }
  }
  return [...merged.values()];
}
