/** The models of the compatible endpoints, and their names. */
import { bedrockError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import { mantleModelsIn, modelsIn } from "../bedrock/catalogue.ts";
import type { FoundationModel } from "../bedrock/catalogue.ts";
import type { Resources } from "../bedrock/resources.ts";
import type { CompatibleService } from "./routes.ts";

/** Throws Mantle's error for an unknown name. */
export function mantleModel(name: string, region: string): FoundationModel {
  const model = mantleModelsIn(region).find(({ id }) => id === name);
  if (model === undefined) throw unknownModel(name);
  return model;
}

function unknownModel(name: string): AwsError {
  return bedrockError("ResourceNotFoundException", `The model '${name}' does not exist`);
}

/** OpenAI's list of models. On bedrock-runtime that API serves only OpenAI's own. */
export function listModels(service: CompatibleService, region: string, resources: Resources): object {
  const models =
    service === "bedrock"
      ? modelsIn(region).filter(({ family }) => family === "openai")
      : mantleModelsIn(region);
  const names = models
    .filter((model) => resources.isOffered(model.id, region) && !resources.hasEnded(model))
    .map(({ id }) => id);
  const data = names.map((id) => ({
    id,
    object: "model",
    created: 1_700_000_000,
    owned_by: id.split(".")[0],
  }));
  return { object: "list", data };
}
