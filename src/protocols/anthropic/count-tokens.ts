/** `POST /v1/messages/count_tokens` as CountTokens. */
import { notTooDeep } from "../../core/json.ts";
import { countedInput, countOf } from "../../bedrock/count-tokens.ts";
import { ANTHROPIC_API } from "../../bedrock/compatible.ts";
import { isClaude, type Model } from "../../bedrock/model.ts";
import { ToolNames } from "../../bedrock/tool-names.ts";
import { absent, isObject, readBody, text, type Json } from "../fields.ts";
import { jsonOfPart, type Ask, type Inbound, type Part } from "../translation.ts";
import { bodyFor, invokeMembers } from "./claude.ts";
import { converseRequest } from "./converse-request.ts";
import { objectOf, valueOf } from "./members.ts";

/** For models whose reasoning must fit the limit: more than any needs. It is not counted. */
const ROOM = 1_000_000;

export function readCountTokens(inbound: Inbound): Ask {
  const body = readBody(inbound.body);
  const model = text(body["model"], "model");
  return {
    model,
    passed: {
      api: ANTHROPIC_API,
      path: "/messages/count_tokens",
      streaming: false,
      body: (target) => bodyFor(inbound, target),
    },
    operation: () => "CountTokens",
    translate: (target) => ({
      bodies: [notTooDeep(() => Buffer.from(JSON.stringify({ input: inputOf(inbound, body, target) })))],
      answer: { kind: "whole", render: ([part]) => rendered(part) },
    }),
  };
}

function inputOf(inbound: Inbound, body: Json, target: Model): object {
  if (isClaude(target)) {
    const members = invokeMembers(inbound, body);
    if (absent(body["max_tokens"])) members.set("max_tokens", valueOf(leastTokens(body)));
    return { invokeModel: { body: objectOf(members).toString("base64") } };
  }
  const { request } = converseRequest({ max_tokens: ROOM, ...body }, target, new ToolNames());
  return countedInput(request);
}

/** InvokeModel's body needs a limit, which a token count doesn't have, and thinking must fit into it. */
function leastTokens({ thinking }: Json): number {
  const budget = isObject(thinking) ? thinking["budget_tokens"] : undefined;
  return Number.isSafeInteger(budget) ? Number(budget) + 1 : 1;
}

function rendered(part: Part | undefined): string {
  return JSON.stringify({ input_tokens: countOf(jsonOfPart(part)) });
}
