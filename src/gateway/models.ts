/**
 * `/models` in each protocol: the names that the key may use, from its grants and, if granted, from Bedrock's lists.
 */
import { vendorOf } from "../bedrock/model.ts";
import { resolveModel, usableNames, type UsableName } from "../directory/model-names.ts";
import { translatedHead } from "../http/respond.ts";
import type { ModelsForm } from "../protocols/protocol.ts";
import type { ListedModel } from "../protocols/translation.ts";
import type { Discovery } from "./line.ts";
import { decodeParameter } from "./target.ts";
import type { Authenticated } from "./stages.ts";

export async function answerModels(
  call: Authenticated,
  form: ModelsForm,
  discovery: Discovery,
): Promise<void> {
  const { exchange, route, query } = call;
  const discovered = await discovery.models(call);
  const [id] = route.params.map(decodeParameter);
  const text =
    id === undefined
      ? form.renderModels(listAll(call, discovered), query)
      : form.renderModel(listOne(id, call, discovered));
  translatedHead(exchange, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  });
  exchange.response.end(text);
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
