/** What Chat Completions and Responses have in common: a body with `model` and `stream`, which may be passed on unchanged. */
import { OPENAI_API } from "../../bedrock/compatible.ts";
import type { Model } from "../../bedrock/model.ts";
import { notTooDeep } from "../../core/json.ts";
import { flag, optional, readBody, text, type Json } from "../fields.ts";
import { passedBody, type Ask, type Inbound, type Translation } from "../translation.ts";

/** `model`: the caller's name of it. */
export interface Question {
  body: Json;
  model: string;
  streaming: boolean;
}

/** Values of `service_tier` that are Bedrock's default. Any other may cost more, also one that isn't known yet. */
const DEFAULT_TIERS: ReadonlySet<unknown> = new Set([undefined, null, "auto", "default"]);

/** `path`: below the API's prefix. */
export function conversationAsk(
  inbound: Inbound,
  path: string,
  translate: (question: Question, target: Model) => Translation,
): Ask {
  const body = readBody(inbound.body);
  const model = text(body["model"], "model");
  const streaming = optional(body["stream"], "stream", flag) ?? false;
  return {
    model,
    settings: DEFAULT_TIERS.has(body["service_tier"]) ? [] : ["serviceTier"],
    passed: {
      api: OPENAI_API,
      path,
      streaming,
      body: (target) => notTooDeep(() => passedBody(body, target)),
    },
    operation: () => (streaming ? "ConverseStream" : "Converse"),
    translate: (target) => notTooDeep(() => translate({ body, model, streaming }, target)),
  };
}
