/** What account owners do in Bedrock: creates profiles, routers and models directly, without a signed call. */
import { bedrockError, validationError } from "../errors.ts";
import type { World } from "../world.ts";
import { newResourceId } from "./resources.ts";
import { invalidIdentifier, runnable, targetOf } from "./target.ts";
import type { Caller, Profile, Target } from "./call-target.ts";

/** A resource's place; the partition is `aws` by default. */
interface Place {
  account: string;
  region: string;
  partition?: string;
}

export interface SandboxBedrock {
  /** An application inference profile, copied from a foundation model or a system-defined profile, by its ARN. */
  createInferenceProfile(input: Place & { name: string; modelSource: string }): {
    inferenceProfileArn: string;
  };
  /** A router over models and profiles of the region, by their ARNs. The last is the fallback, and always answers. */
  createPromptRouter(input: Place & { models: string[] }): { promptRouterArn: string };
  /** The account's own model, which answers as the foundation model does. */
  createModel(input: Place & { kind: OwnModelKind; baseModelId: string }): { modelArn: string };
  /** Models and system-defined profiles that the region doesn't offer at all; patterns of ids with `*`. */
  setUnofferedModels(input: { region: string; models: string[] }): void;
}

export const OWN_MODEL_KINDS = ["provisioned-model", "custom-model-deployment", "imported-model"] as const;
type OwnModelKind = (typeof OWN_MODEL_KINDS)[number];

/** Every function throws AwsError with Bedrock's own code: ValidationException, ConflictException. */
export function newBedrockApi({ resources }: World): SandboxBedrock {
  return {
    createInferenceProfile({ name, modelSource, ...place }) {
      const caller = callerAt(place);
      const { model, destinations } = copyable(targetOf(modelSource, caller, resources), caller);
      if (resources.applicationProfiles(caller).some((profile) => profile.name === name))
        throw bedrockError("ConflictException", `The inference profile ${name} already exists.`);
      const id = newResourceId();
      const arn = ownArn(caller, "application-inference-profile", id);
      const profile = { type: "APPLICATION" as const, id, name, arn, model, destinations };
      resources.add(arn, model, { kind: "profile", profile });
      return { inferenceProfileArn: arn };
    },
    createPromptRouter({ models, ...place }) {
      const caller = callerAt(place);
      const targets = models.map((arn) => targetOf(arn, caller, resources));
      const fallback = targets.at(-1);
      if (fallback === undefined) throw validationError("A prompt router needs a model.");
      for (const target of targets) runnable(target);
      const arn = ownArn(caller, "prompt-router", newResourceId());
      resources.add(arn, fallback.model, { kind: "router", arn, targets });
      return { promptRouterArn: arn };
    },
    createModel({ kind, baseModelId, ...place }) {
      const caller = callerAt(place);
      const { model, via } = targetOf(baseModelId, caller, resources);
      if (model === undefined || via !== null) throw invalidIdentifier();
      const arn = ownArn(caller, kind, newResourceId());
      resources.add(arn, model, { kind: "own", arn });
      return { modelArn: arn };
    },
    setUnofferedModels: ({ region, models }) => resources.setUnofferedModels(region, models),
  };
}

/** A profile can be copied from an on-demand model, or from a profile together with its regions. */
function copyable(target: Target, { region }: Caller): Pick<Profile, "model" | "destinations"> {
  const model = runnable(target);
  if (target.via === null) return { model, destinations: [region] };
  if (target.via.kind !== "profile" || target.via.profile.type !== "SYSTEM_DEFINED")
    throw invalidIdentifier();
  return { model, destinations: target.via.profile.destinations };
}

function callerAt({ account, region, partition = "aws" }: Place): Caller {
  return { account, region, partition };
}

function ownArn({ partition, region, account }: Caller, kind: string, id: string): string {
  return `arn:${partition}:bedrock:${region}:${account}:${kind}/${id}`;
}
