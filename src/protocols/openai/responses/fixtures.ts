/** For tests: a request of the Responses API, translated. */
import { modelOfId, type Model } from "../../../bedrock/model.ts";
import { inboundOf } from "../../fixtures.ts";
import type { Translation } from "../../translation.ts";
import { readResponses } from "./read.ts";

export const CLAUDE = modelOfId("us.anthropic.claude-sonnet-4-5-20250929-v1:0");

export function translationOf(body: unknown, model: Model = CLAUDE): Translation {
  return readResponses(inboundOf(body)).translate(model);
}
