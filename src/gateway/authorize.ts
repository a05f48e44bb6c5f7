/**
 * Decides whether the call is allowed: decodes its parameters into the canonical target and requires that the
 * delegation, the client and the key each grant it. Errors name what was denied: the operation, the model, the region,
 * the account or a header.
 */
import type { Delegation, Grant } from "../core/delegation.ts";
import { SignetError } from "../core/errors.ts";
import { coversName, type ModelName } from "../core/model.ts";
import { canonicalPath } from "../core/paths.ts";
import { OPERATIONS, type Operation } from "../core/operations.ts";
import { UNCOUNTED } from "../limits/limiter.ts";
import { applicableGrants } from "../directory/grants.ts";
import { aliasNamed, resolveModel } from "../directory/model-names.ts";
import { canonicalQuery } from "../bedrock/query.ts";
import { authorizedCall, ownCall } from "./advance.ts";
import { jobsQuery, startedModel } from "./jobs.ts";
import { projectOf, requireSettings, settingsOf, type Asked } from "./settings.ts";
import { decodeParameter, modelOf } from "./target.ts";
import type { Authenticated, Authorized, Limited, ModelAsk, Received, Target } from "./stages.ts";

const NOTHING = Buffer.alloc(0);

/** `now`: epoch milliseconds. */
export function authorize(received: Received, discovered: readonly string[], now: number): Authorized {
  const asked = askedOf(received, discovered, now);
  const target = asked ? translatedTarget(received, asked) : nativeTarget(received);
  const allowing = applicableGrants(received).map((grants) => grantsFor(grants, target));
  const settings = settingsOf(received, target, asked);
  requireSettings(allowing, settings);
  const project = projectOf(received.delegation, target, { asked, chosen: settings.project });
  return authorizedCall(received, { ...target, project, tier: settings.tier }, asked);
}

function askedOf(received: Received, discovered: readonly string[], now: number): ModelAsk | null {
  const { route, headers, query, body, exchange } = received;
  if (route.kind !== "translated") return null;
  const params = route.params.map(decodeParameter);
  const ask = route.read({ params, query, headers, body, id: exchange.id, now });
  return { ask, model: resolveModel(ask.model, received, discovered) };
}

/** Always a model: the other protocols have nothing else of Bedrock's. */
function translatedTarget({ delegation }: Received, asked: ModelAsk): Asked {
  const { ask, model } = asked;
  const subject = checkedArn(modelOf(model.id, delegation), delegation);
  const about = {
    method: "POST",
    query: "",
    region: subject.region ?? delegation.region,
    subject: subject.name,
    arn: subject.arn,
  } as const;
  const passed = passedOn(asked);
  if (passed) return { ...about, ...passed };
  const operation = ask.operation(model);
  // CountTokens accepts only foundation models; the profile in front of one is what is granted.
  const onWire = operation === "CountTokens" ? (model.base ?? model.id) : model.id;
  return {
    ...about,
    operation,
    service: OPERATIONS[operation].service,
    path: canonicalPath(operation, [onWire]),
  };
}

/**
 * A model that AWS itself serves in the caller's protocol. For IAM, and so for grants, such a call is InvokeModel; counting
 * its tokens is CountTokens.
 */
function passedOn({ ask, model }: ModelAsk): Pick<Target, "operation" | "service" | "path"> | undefined {
  const { passed } = ask;
  const { id, upstream } = model;
  if (upstream === "converse") return undefined;
  const isMantle = upstream !== "bedrock-runtime";
  if (!passed) {
    // If bedrock-runtime lacks such a path, it still serves the model through its own operations.
    if (!isMantle) return undefined;
    throw new SignetError(
      "unsupported_parameter",
      `The model ${id} is served only by ${upstream}, which does not have this API.`,
      {
        param: "model",
      },
    );
  }
  const inference = passed.streaming ? "InvokeModelWithResponseStream" : "InvokeModel";
  return {
    operation: ask.operation(model) === "CountTokens" ? "CountTokens" : inference,
    service: isMantle ? "bedrock-mantle" : "bedrock-runtime",
    path: passed.api.prefixes[upstream] + passed.path,
  };
}

function nativeTarget(received: Received): Asked {
  const { route, delegation } = received;
  if (route.kind !== "native") throw new SignetError("internal", "Signet answers this route itself.");
  const { operation } = route;
  const params = route.params.map(decodeParameter);
  const subject = subjectOf(operation, params, received);
  const query = canonicalQuery(operation, received.query);
  return {
    operation,
    service: OPERATIONS[operation].service,
    method: received.exchange.request.method === "GET" ? "GET" : "POST",
    path: canonicalPath(operation, subject.params),
    query: operation === "ListAsyncInvokes" ? jobsQuery(query) : query,
    region: subject.region ?? delegation.region,
    subject: subject.name,
    arn: subject.arn,
  };
}

interface Subject {
  name: string | null;
  arn: string | null;
  region?: string;
  /** Decoded path parameters. */
  params: string[];
}

function subjectOf(operation: Operation, params: string[], received: Received): Subject {
  const { delegation } = received;
  const kind = OPERATIONS[operation].subject;
  const [first = "", version = ""] = params;
  switch (kind) {
    case "none":
      return { name: null, arn: null, params: [] };
    case "model": {
      const model =
        operation === "StartAsyncInvoke"
          ? startedModel(received)
          : modelOf(aliasNamed(first, received)?.id ?? first, delegation);
      return { ...checkedArn(model, delegation), params: [model.modelId] };
    }
    case "guardrail":
      return guardrailOf(first, version, delegation);
    case "async-invoke":
      return invocationOf(first, delegation);
    default: {
      const _: never = kind;
      return _;
    }
  }
}

/** T12: an ARN must lie in the delegation's partition and account; its region is matched against the grants. */
function checkedArn(model: ModelName, delegation: Delegation): Omit<Subject, "params"> {
  if (!model.arn.startsWith(`arn:${delegation.partition}:`)) throw otherAccount();
  if (model.account !== undefined && model.account !== delegation.account) throw otherAccount();
  return { name: model.name, arn: model.arn, ...(model.region ? { region: model.region } : {}) };
}

function otherAccount(): SignetError {
  return new SignetError("account_denied", "The ARN belongs to another account than this key's delegation.");
}

const GUARDRAIL_ID = /^[a-z0-9]{1,64}$/;
const GUARDRAIL_VERSION = /^(?:[1-9][0-9]{0,7}|DRAFT)$/;
const OWNED_ARN =
  /^arn:([a-z-]+):bedrock:([a-z0-9-]+):([0-9]{12}):(guardrail|async-invoke)\/([a-z0-9]{1,64})$/;

function guardrailOf(text: string, version: string, delegation: Delegation): Subject {
  if (!GUARDRAIL_VERSION.test(version))
    throw new SignetError("malformed_path", "The guardrail version is invalid.");
  if (text.startsWith("arn:")) {
    const { region, id } = ownedArn(text, "guardrail", delegation);
    return { name: `guardrail/${id}`, arn: text, region, params: [text, version] };
  }
  if (!GUARDRAIL_ID.test(text))
    throw new SignetError("malformed_path", "The guardrail identifier is invalid.");
  const { partition, region, account } = delegation;
  const arn = `arn:${partition}:bedrock:${region}:${account}:guardrail/${text}`;
  return { name: `guardrail/${text}`, arn, params: [text, version] };
}

function invocationOf(text: string, delegation: Delegation): Subject {
  const { region } = ownedArn(text, "async-invoke", delegation);
  return { name: null, arn: text, region, params: [text] };
}

function ownedArn(text: string, kind: string, delegation: Delegation): { region: string; id: string } {
  const [, partition, region = "", account, type, id = ""] = OWNED_ARN.exec(text) ?? [];
  if (type !== kind) throw new SignetError("malformed_path", `The path requires the ARN of a ${kind}.`);
  if (partition !== delegation.partition || account !== delegation.account) throw otherAccount();
  return { region, id };
}

/**
 * A list operation that Signet calls on its own behalf, as `caller`; no limit counts it. Undefined if the caller's
 * grants don't allow it.
 */
export function authorizeOwn(
  caller: Authenticated,
  operation: Operation,
  query: string,
): Limited | undefined {
  const { region } = caller.delegation;
  const target: Target = {
    operation,
    service: OPERATIONS[operation].service,
    method: "GET",
    path: canonicalPath(operation, []),
    query,
    region,
    subject: null,
    arn: null,
    project: null,
    tier: null,
  };
  const allows = (grants: Grant[]) => grants.some((grant) => covered(grant, operation, region));
  if (!applicableGrants(caller).every(allows)) return undefined;
  return ownCall(caller, {
    target,
    translation: {
      outboundHeaders: [["accept", "application/json"]],
      outboundBodies: [NOTHING],
      answering: null,
    },
    allowance: { reservation: UNCOUNTED, shares: [], price: undefined },
  });
}

function covered({ operations, regions }: Grant, operation: Operation, region: string): boolean {
  return regions.includes(region) && operations.some((each) => each === "*" || each === operation);
}

/** Those that allow the call. Throws if there is none. */
function grantsFor(grants: Grant[], target: Asked): Grant[] {
  const { operation, subject, region } = target;
  const forOperation = grants.filter(
    ({ operations }) => operations.includes("*") || operations.includes(operation),
  );
  if (forOperation.length === 0) {
    throw new SignetError("operation_denied", `The operation ${operation} is not granted to this key.`);
  }
  const forSubject = forOperation.filter(
    ({ models }) => subject === null || models.some((pattern) => coversName(pattern, subject, target.arn)),
  );
  if (forSubject.length === 0) {
    throw new SignetError("model_denied", `${subject} is not granted to this key for ${operation}.`);
  }
  const allowing = forSubject.filter(({ regions }) => regions.includes(region));
  if (allowing.length === 0) {
    throw new SignetError(
      "region_denied",
      `The region ${region} is not granted to this key for ${subject ?? operation}.`,
    );
  }
  return allowing;
}
