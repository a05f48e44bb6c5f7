/** For tests: a Messages request, translated. */
import { modelOfId, type Model } from "../../bedrock/model.ts";
import { inboundOf } from "../fixtures.ts";
import type { Translation } from "../translation.ts";
import { readMessages } from "./messages.ts";

/** Called through Converse. */
export const NOVA = modelOfId("us.amazon.nova-2-lite-v1:0");
/** Called through InvokeModel. */
export const SONNET = modelOfId("us.anthropic.claude-sonnet-4-5-20250929-v1:0");

export const ASKED = { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };

export function translationOf(body: unknown, model: Model = NOVA): Translation {
  return readMessages(inboundOf(body)).translate(model);
}
