/** `/models` in each protocol: the names that the key may call, from its grants and, where granted, from Bedrock's lists. */
import { vendorOf } from "../bedrock/model.ts";
import type { Protocol } from "../core/protocol.ts";
import * as anthropic from "../protocols/anthropic/models.ts";
import * as gemini from "../protocols/gemini/models.ts";
import * as openai from "../protocols/openai/models.ts";
import type { ListedModel } from "../protocols/translation.ts";
import type { Discovery } from "./line.ts";
import { resolveModel, usableNames, type UsableName } from "../directory/model-names.ts";
import { translatedHead } from "../http/respond.ts";
import { decodeParameter } from "./target.ts";
import type { Authenticated } from "./stages.ts";

export async function answerModels(call: Authenticated, discovery: Discovery): Promise<void> {
  const { exchange, route, query } = call;
  const discovered = await discovery.models(call);
  const [id] = route.params.map(decodeParameter);
  const text =
    id === undefined
      ? renderAll(route.protocol, listAll(call, discovered), query)
      : renderOne(route.protocol, listOne(id, call, discovered));
  translatedHead(exchange, route.protocol, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  });
  exchange.response.end(text);
}

function renderAll(protocol: Protocol, models: readonly ListedModel[], query: string): string {
  if (protocol === "anthropic") return anthropic.renderModels(models, query);
  return protocol === "gemini" ? gemini.renderModels(models, query) : openai.renderModels(models);
}

function renderOne(protocol: Protocol, model: ListedModel): string {
  if (protocol === "anthropic") return anthropic.renderModel(model);
  return protocol === "gemini" ? gemini.renderModel(model) : openai.renderModel(model);
}

function listAll(call: Authenticated, discovered: readonly string[]): ListedModel[] {
  return usableNames(call, discovered).map((each) => listedModel(each, call));
}

/** Throws `unknown_model`. */
function listOne(id: string, call: Authenticated, discovered: readonly string[]): ListedModel {
  return listedModel({ name: id, model: resolveModel(id, call, discovered) }, call);
}

function listedModel({ name, model }: UsableName, { delegation }: Authenticated): ListedModel {
  return { id: name, vendor: vendorOf(model), createdAt: delegation.createdAt };
}
