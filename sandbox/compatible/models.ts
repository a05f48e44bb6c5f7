/** The models of the compatible endpoints, and their names. */
import { bedrockError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import { MODELS } from "../bedrock/catalogue.ts";
import type { FoundationModel } from "../bedrock/catalogue.ts";
import type { Resources } from "../bedrock/resources.ts";
import type { CompatibleService } from "./routes.ts";

/** A date, a version and a revision: `-20250929-v1:0`, `-1:0`, `-v1`. */
const VERSION = /(?:-\d{8})?(?:-v?\d+:\d+|-v\d+)?$/;

/** Claude models before these are on bedrock-runtime only. */
const MANTLE_CLAUDE = /^anthropic\.claude-(?:sonnet|haiku|opus)-4-[5-9]/;

/** Mantle's name of a model: bare, without version and profile prefix. Null if Mantle doesn't serve it. */
function mantleId({ id, family }: FoundationModel): string | null {
  return family === "openai" || MANTLE_CLAUDE.test(id) ? id.replace(VERSION, "") : null;
}

/** Throws Mantle's error for an unknown name. */
export function mantleModel(name: string, region: string): FoundationModel {
  const model = MODELS.find((each) => each.regions.includes(region) && mantleId(each) === name);
  if (model === undefined) throw unknownModel(name);
  return model;
}

function unknownModel(name: string): AwsError {
  return bedrockError("ResourceNotFoundException", `The model '${name}' does not exist`);
}

/** OpenAI's list of models. On bedrock-runtime that API serves only OpenAI's own. */
export function listModels(service: CompatibleService, region: string, resources: Resources): object {
  const names = MODELS.filter((model) => model.regions.includes(region))
    .filter((model) => resources.isOffered(model.id, region) && !resources.hasEnded(model))
    .map((model) => (service === "bedrock" ? runtimeId(model) : mantleId(model)))
    .filter((name) => name !== null);
  const data = names.map((id) => ({
    id,
    object: "model",
    created: 1_700_000_000,
    owned_by: id.split(".")[0],
  }));
  return { object: "list", data };
}

function runtimeId({ id, family }: FoundationModel): string | null {
  return family === "openai" ? id : null;
}
