/** Bedrock's runtime and control plane behind one function: authorize, then run the operation. */
import type { Input } from "../shapes/problems.ts";
import type { Answer } from "../wire.ts";
import type { Signed, World } from "../world.ts";
import { AsyncInvocations } from "./async.ts";
import {
  ACTIONS,
  accessible,
  authorize,
  authorizeOutput,
  callerOf,
  guardrailArn,
  modelNeeds,
  projectArn,
} from "./authorize.ts";
import type { Need } from "./authorize.ts";
import {
  findInferenceProfile,
  getFoundationModel,
  getInferenceProfile,
  listFoundationModels,
  listInferenceProfiles,
} from "./control-plane.ts";
import { converseAnswer, converseStreamAnswer } from "./converse.ts";
import { converseTurn } from "./converse-request.ts";
import { countTokens } from "./count-tokens.ts";
import { applyGuardrail, blockedReply, requireGuardrailVersion } from "./guardrail.ts";
import { invokeGuardrailChecks } from "./guardrail-checks.ts";
import {
  embedAnswer,
  embedderOf,
  invokeAnswer,
  invokeStreamAnswer,
  notSupported,
  vendorOf,
} from "./invoke.ts";
import type {
  ApplyGuardrailInput,
  ConverseRequest,
  CountTokensInput,
  InvokeGuardrailChecksInput,
  InvokeModelInput,
  StartAsyncInvokeInput,
} from "./inputs.ts";
import { isBlocked, replyTo } from "./reply.ts";
import type { Route } from "./routes.ts";
import { eventsIn } from "./signed-events.ts";
import { converseWithSonic } from "../models/nova-sonic.ts";
import { validationError } from "../errors.ts";
import { parseBody } from "./shape.ts";
import { foundationModelArn, profileArn, requireNotEnded, runnable, targetOf } from "./target.ts";
import type { Target } from "./call-target.ts";

/** One service per sandbox: it stores asynchronous invocations. */
export function newBedrock(
  world: World,
): (signed: Signed, route: Route, members: Input["members"]) => Promise<Answer> {
  const invocations = new AsyncInvocations();
  return async (signed, route, members) => {
    const caller = callerOf(signed);
    const { resources } = world;
    const { operation } = route;
    const [label = ""] = route.labels;
    const allow = (resource: string): void =>
      authorize(world, signed, [{ action: ACTIONS[operation], resource, keys: {} }]);
    switch (operation) {
      case "InvokeModel":
      case "InvokeModelWithResponseStream":
      case "Converse":
      case "ConverseStream":
        return runModel(world, signed, { operation, target: targetOf(label, caller, resources), members });
      case "InvokeModelWithBidirectionalStream":
        return talk(world, signed, targetOf(label, caller, resources));
      case "CountTokens": {
        const target = targetOf(label, caller, resources);
        allow(foundationModelArn(caller.partition, caller.region, target.model?.id ?? label));
        if (target.model) requireNotEnded(target.model, resources);
        return countTokens(target, members as CountTokensInput);
      }
      case "ApplyGuardrail":
        allow(guardrailArn(caller, label));
        return applyGuardrail(members as ApplyGuardrailInput);
      case "InvokeGuardrailChecks":
        allow("*");
        return invokeGuardrailChecks(members as InvokeGuardrailChecksInput);
      case "StartAsyncInvoke": {
        const input = members as StartAsyncInvokeInput;
        const target = targetOf(input.modelId, caller, resources);
        authorize(world, signed, modelNeeds(ACTIONS[operation], { target, caller, keys: {} }));
        const model = accessible(world, signed, runnable(target));
        if (model.family !== "nova-reel") notSupported(model.id);
        authorizeOutput(world, signed, input.outputDataConfig.s3OutputDataConfig.s3Uri);
        return invocations.start(caller, input, { modelId: model.id, now: world.now() });
      }
      case "GetAsyncInvoke":
        allow(label);
        return invocations.get(caller, label);
      case "ListAsyncInvokes":
        allow("*");
        return invocations.list(caller, members);
      case "ListFoundationModels":
        allow("*");
        return listFoundationModels(caller, resources, members);
      case "GetFoundationModel":
        allow(label.startsWith("arn:") ? label : foundationModelArn(caller.partition, caller.region, label));
        return getFoundationModel(caller, resources, label);
      case "ListInferenceProfiles":
        allow("*");
        return listInferenceProfiles(caller, resources, members);
      case "GetInferenceProfile": {
        const profile = findInferenceProfile(caller, resources, label);
        allow(profile?.arn ?? (label.startsWith("arn:") ? label : profileArn(caller, label)));
        return getInferenceProfile(caller, profile);
      }
      default: {
        const _: never = operation;
        return _;
      }
    }
  };
}

type ModelOperation = "InvokeModel" | "InvokeModelWithResponseStream" | "Converse" | "ConverseStream";

async function runModel(
  world: World,
  signed: Signed,
  { operation, target, members }: { operation: ModelOperation; target: Target; members: Input["members"] },
): Promise<Answer> {
  const isConverse = operation === "Converse" || operation === "ConverseStream";
  const streams = operation === "InvokeModelWithResponseStream" || operation === "ConverseStream";
  const converse = { messages: [], ...members } as ConverseRequest;
  const settings = isConverse ? converseSettings(converse) : invokeSettings(members);
  authorize(world, signed, needsOf(world, signed, { operation, target, settings }));
  requireGuardrailVersion(settings);
  const model = accessible(world, signed, runnable(target));
  const body = isConverse ? { ...members, modelId: undefined } : parseBody(signed.request.body);
  const embed = embedderOf(model);
  if (embed !== null && operation === "InvokeModel") return embedAnswer(embed(body, model.id));
  const vendor = vendorOf(model) ?? notSupported(model.id);
  const turn = isConverse ? converseTurn(converse, model) : vendor.turnOf(body, model);
  const isStopped = settings.guardrail !== null && isBlocked(turn.prompt);
  const reply = isStopped ? blockedReply() : replyTo(turn, body);
  if (isConverse) return streams ? converseStreamAnswer(reply) : converseAnswer(reply);
  return streams ? invokeStreamAnswer(vendor, reply, model.id) : invokeAnswer(vendor, reply, model.id);
}

/** Over HTTP/2 only, and signed: a bearer token can't sign the events. */
function talk(world: World, signed: Signed, target: Target): Answer {
  const { request, signature, accessKeyId, region } = signed;
  const action = ACTIONS.InvokeModelWithBidirectionalStream;
  authorize(world, signed, modelNeeds(action, { target, caller: callerOf(signed), keys: {} }));
  const model = accessible(world, signed, runnable(target));
  if (model.family !== "nova-sonic") notSupported(model.id);
  const key = world.directory.findKey(accessKeyId);
  if (request.events === undefined || signature === undefined || key === undefined)
    throw validationError("The request must be a stream of signed events over HTTP/2.");
  const { secretAccessKey } = key;
  const events = eventsIn(request.events, { accessKeyId, secretAccessKey, region, signature });
  return {
    status: 200,
    headers: {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-bedrock-content-type": "application/json",
    },
    body: converseWithSonic(events),
  };
}

const DEFAULT_PROJECT = "default";

/** What a request asks for besides the model; policies' conditions use it. */
interface Settings {
  guardrail: string | null;
  guardrailVersion: string | null;
  serviceTier: string | null;
  /** An id or an ARN. */
  project: string;
}

function invokeSettings(input: Partial<InvokeModelInput>): Settings {
  return {
    guardrail: input.guardrailIdentifier ?? null,
    guardrailVersion: input.guardrailVersion ?? null,
    serviceTier: input.serviceTier ?? null,
    project: input.projectIdentifier ?? DEFAULT_PROJECT,
  };
}

function converseSettings({ guardrailConfig, serviceTier, projectIdentifier }: ConverseRequest): Settings {
  return {
    guardrail: guardrailConfig?.guardrailIdentifier ?? null,
    guardrailVersion: guardrailConfig?.guardrailVersion ?? null,
    serviceTier: serviceTier?.type ?? null,
    project: projectIdentifier ?? DEFAULT_PROJECT,
  };
}

/** The model and the project, each with the same action; a guardrail with its own. Source: botocore's service model. */
function needsOf(
  world: World,
  signed: Signed,
  { operation, target, settings }: { operation: ModelOperation; target: Target; settings: Settings },
): Need[] {
  const caller = callerOf(signed);
  const action = ACTIONS[operation];
  const keys: Record<string, string[]> = {};
  if (settings.serviceTier !== null) keys["bedrock:servicetier"] = [settings.serviceTier];
  const isNeeded = world.directory.accounts.needsProjects(caller.account);
  const project = isNeeded ? [{ action, resource: projectArn(caller, settings.project), keys: {} }] : [];
  if (settings.guardrail === null) return [...modelNeeds(action, { target, caller, keys }), ...project];
  const resource = guardrailArn(caller, settings.guardrail);
  // A numbered version follows the ARN; the working draft is only the ARN.
  const version = /^\d+$/.test(settings.guardrailVersion ?? "") ? `:${settings.guardrailVersion}` : "";
  const underGuardrail = { ...keys, "bedrock:guardrailidentifier": [resource + version] };
  return [
    ...modelNeeds(action, { target, caller, keys: underGuardrail }),
    ...project,
    { action: ACTIONS.ApplyGuardrail, resource, keys: {} },
  ];
}
