/** The meaning of a model identifier: a foundation model, and what the call reaches it through. */
import { bedrockError, validationError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import { findModel, findProfile } from "./catalogue.ts";
import type { FoundationModel } from "./catalogue.ts";
import type { Caller, Profile, Target } from "./call-target.ts";
import type { Resources } from "./resources.ts";

const ARN = /^arn:([\w-]+):bedrock:([\w-]*):(\d{12})?:([a-z-]+)\/(.+)$/;

/** Throws ValidationException for an ARN that can't be the caller's. */
export function targetOf(modelId: string, caller: Caller, resources: Resources): Target {
  if (!modelId.startsWith("arn:")) return named(modelId, caller, resources);
  const [, partition, region, account, kind, name = ""] = ARN.exec(modelId) ?? [];
  if (partition !== caller.partition) throw invalidIdentifier();
  if (region !== caller.region) throw validationError("The provided ARN is invalid for the service region.");
  if (kind === "foundation-model" && account === undefined)
    return modelTarget(modelId, name, { caller, resources });
  if (account !== caller.account) throw invalidIdentifier();
  // A system-defined profile belongs to every account, under the account's own number.
  if (kind === "inference-profile") return profileTarget(modelId, systemProfile(name, caller, resources));
  const own = resources.find(modelId);
  if (own === undefined) throw invalidIdentifier();
  return { ...own, modelId };
}

/** Undefined if the profile can't be called from the caller's region. */
export function systemProfile(id: string, caller: Caller, resources: Resources): Profile | undefined {
  const found = findProfile(id, caller.region);
  if (found === undefined || !resources.isOffered(id, caller.region)) return undefined;
  const { name, model, destinations } = found;
  return { type: "SYSTEM_DEFINED", id, name, arn: profileArn(caller, id), model, destinations };
}

export function foundationModelArn(partition: string, region: string, id: string): string {
  return `arn:${partition}:bedrock:${region}::foundation-model/${id}`;
}

export function profileArn({ partition, region, account }: Caller, id: string): string {
  return `arn:${partition}:bedrock:${region}:${account}:inference-profile/${id}`;
}

/** The model to run, once the call has been authorized. */
export function runnable({ modelId, model, via }: Target): FoundationModel {
  if (model === undefined) throw invalidIdentifier();
  if (via === null && !model.onDemand) {
    throw validationError(
      `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. ` +
        "Retry your request with the ID or ARN of an inference profile that contains this model.",
    );
  }
  return model;
}

export function invalidIdentifier(): AwsError {
  return validationError("The provided model identifier is invalid.");
}

/** Throws AWS's error if the model has reached its end of life. */
export function requireNotEnded(model: FoundationModel, resources: Resources): void {
  if (!resources.hasEnded(model)) return;
  throw bedrockError(
    "ResourceNotFoundException",
    "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
  );
}

/** A bare id: a profile's, or a foundation model's. */
function named(id: string, caller: Caller, resources: Resources): Target {
  const profile = systemProfile(id, caller, resources);
  if (profile !== undefined) return profileTarget(id, profile);
  return modelTarget(id, id, { caller, resources });
}

function modelTarget(
  modelId: string,
  id: string,
  { caller: { region }, resources }: { caller: Caller; resources: Resources },
): Target {
  const model = resources.isOffered(id, region) ? findModel(id, region) : undefined;
  return { modelId, model, via: null };
}

function profileTarget(modelId: string, profile: Profile | undefined): Target {
  return { modelId, model: profile?.model, via: profile === undefined ? null : { kind: "profile", profile } };
}
