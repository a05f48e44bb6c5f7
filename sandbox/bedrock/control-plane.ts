/** The control plane's read operations on models and inference profiles. */
import { bedrockError } from "../errors.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { modelsIn, profilesIn } from "./catalogue.ts";
import type { FoundationModel } from "./catalogue.ts";
import type { ListFoundationModelsInput, ListInferenceProfilesInput } from "./inputs.ts";
import { pageOf } from "./page.ts";
import type { Resources } from "./resources.ts";
import { foundationModelArn, invalidIdentifier, requireNotEnded, systemProfile, targetOf } from "./target.ts";
import type { Caller, Profile } from "./call-target.ts";

const CREATED = "2025-01-01T00:00:00Z";

export function listFoundationModels(
  { partition, region }: Caller,
  resources: Resources,
  { byProvider: provider, byOutputModality: output, byInferenceType: inference }: ListFoundationModelsInput,
): Answer {
  const summaries = modelsIn(region)
    .filter((model) => resources.isOffered(model.id, region) && !resources.hasEnded(model))
    .filter((model) => provider === undefined || model.provider.toLowerCase() === provider.toLowerCase())
    .filter((model) => output === undefined || model.output.some((modality) => modality === output))
    .filter((model) => inference === undefined || inferenceTypes(model).includes(inference))
    .map((model) => modelDetails(model, { partition, region }, resources));
  return jsonAnswer(200, { modelSummaries: summaries });
}

export function getFoundationModel(caller: Caller, resources: Resources, identifier: string): Answer {
  const { model, via } = targetOf(identifier, caller, resources);
  if (model === undefined || via !== null) throw invalidIdentifier();
  requireNotEnded(model, resources);
  return jsonAnswer(200, { modelDetails: modelDetails(model, caller, resources) });
}

export function listInferenceProfiles(
  caller: Caller,
  resources: Resources,
  { typeEquals: type = "SYSTEM_DEFINED", ...paging }: ListInferenceProfilesInput,
): Answer {
  const all =
    type === "APPLICATION"
      ? resources.applicationProfiles(caller)
      : profilesIn(caller.region)
          .filter(({ model }) => !resources.hasEnded(model))
          .map(({ id }) => systemProfile(id, caller, resources))
          .filter((each) => each !== undefined);
  const { page, next } = pageOf(all, paging);
  const summaries = page.map((profile) => profileDetails(profile, caller));
  return jsonAnswer(200, { inferenceProfileSummaries: summaries, ...next });
}

/** By id or ARN; an application profile's id exists only in its own account and region. */
export function findInferenceProfile(
  caller: Caller,
  resources: Resources,
  identifier: string,
): Profile | undefined {
  const application = resources
    .applicationProfiles(caller)
    .find(({ id, arn }) => id === identifier || arn === identifier);
  if (application !== undefined) return application;
  const { via } = targetOf(identifier, caller, resources);
  return via?.kind === "profile" ? via.profile : undefined;
}

export function getInferenceProfile(caller: Caller, profile: Profile | undefined): Answer {
  if (profile === undefined)
    throw bedrockError("ResourceNotFoundException", "The inference profile was not found.");
  return jsonAnswer(200, profileDetails(profile, caller));
}

function inferenceTypes({ onDemand }: FoundationModel): string[] {
  return onDemand ? ["ON_DEMAND"] : ["INFERENCE_PROFILE"];
}

function modelDetails(
  model: FoundationModel,
  { partition, region }: Pick<Caller, "partition" | "region">,
  resources: Resources,
): object {
  return {
    modelArn: foundationModelArn(partition, region, model.id),
    modelId: model.id,
    modelName: model.name,
    providerName: model.provider,
    // AWS's lists have no DOCUMENT.
    inputModalities: model.input.filter((modality) => modality !== "DOCUMENT"),
    outputModalities: model.output,
    responseStreamingSupported: model.streaming ?? true,
    customizationsSupported: [],
    inferenceTypesSupported: inferenceTypes(model),
    modelLifecycle: {
      status: resources.isLegacy(model) ? "LEGACY" : "ACTIVE",
      ...(model.endOfLife && { endOfLifeTime: `${model.endOfLife}T00:00:00Z` }),
    },
  };
}

/** A global profile's last model ARN has no region: it means all of them. */
function profileDetails(profile: Profile, caller: Caller): object {
  const regions = profile.destinations ?? [caller.region, ""];
  return {
    inferenceProfileName: profile.name,
    description: `Routes requests to ${profile.model.name} in ${profile.destinations?.join(", ") ?? "all commercial regions"}.`,
    createdAt: CREATED,
    updatedAt: CREATED,
    inferenceProfileArn: profile.arn,
    models: regions.map((region) => ({
      modelArn: foundationModelArn(caller.partition, region, profile.model.id),
    })),
    inferenceProfileId: profile.id,
    status: "ACTIVE",
    type: profile.type,
  };
}
