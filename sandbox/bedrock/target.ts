/** What a model identifier on the wire means: a foundation model, called directly or through an inference profile. */
import { validationError } from "../errors.ts";
import { findModel, findProfile } from "./catalogue.ts";
import type { FoundationModel, InferenceProfile } from "./catalogue.ts";

export interface Caller {
  account: string;
  partition: string;
  region: string;
}

export interface Target {
  /** As the caller named it, decoded. */
  modelId: string;
  /** Undefined where nothing of that name exists: authorization comes first, then the ValidationException. */
  model: FoundationModel | undefined;
  profile: InferenceProfile | null;
}

const ARN = /^arn:([\w-]+):bedrock:([\w-]*):(\d{12})?:([a-z-]+)\/(.+)$/;

export function targetOf(modelId: string, caller: Caller): Target {
  if (!modelId.startsWith("arn:")) {
    const profile = findProfile(modelId, caller.region) ?? null;
    return { modelId, model: profile?.model ?? findModel(modelId, caller.region), profile };
  }
  const [, partition, region, account, kind, name = ""] = ARN.exec(modelId) ?? [];
  if (partition !== caller.partition) throw validationError("The provided model identifier is invalid.");
  if (region !== caller.region) throw validationError("The provided ARN is invalid for the service region.");
  if (kind === "foundation-model" && account === undefined) {
    return { modelId, model: findModel(name, region), profile: null };
  }
  // A system-defined profile belongs to every account, under the account's own number.
  if (kind === "inference-profile" && account === caller.account) {
    const profile = findProfile(name, region) ?? null;
    return { modelId, model: profile?.model, profile };
  }
  throw validationError("The provided model identifier is invalid.");
}

export function foundationModelArn(partition: string, region: string, id: string): string {
  return `arn:${partition}:bedrock:${region}::foundation-model/${id}`;
}

export function profileArn({ partition, region, account }: Caller, id: string): string {
  return `arn:${partition}:bedrock:${region}:${account}:inference-profile/${id}`;
}

/** The model to run, once the call has been authorized. */
export function runnable({ modelId, model, profile }: Target): FoundationModel {
  if (model === undefined) throw validationError("The provided model identifier is invalid.");
  if (profile === null && !model.onDemand) {
    throw validationError(
      `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. ` +
        "Retry your request with the ID or ARN of an inference profile that contains this model.",
    );
  }
  return model;
}
