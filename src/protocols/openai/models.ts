/** `GET /v1/models`. */
import type { ListedModel } from "../translation.ts";

export function renderModels(models: readonly ListedModel[]): string {
  return JSON.stringify({ object: "list", data: models.map(modelOf) });
}

export function renderModel(model: ListedModel): string {
  return JSON.stringify(modelOf(model));
}

function modelOf({ id, vendor, createdAt }: ListedModel): object {
  return { id, object: "model", created: Math.floor(createdAt / 1000), owned_by: vendor ?? "amazon-bedrock" };
}
