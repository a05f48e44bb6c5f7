/** `POST /v1/messages/count_tokens` as CountTokens. */
import { isClaude, type Model } from "../../bedrock/model.ts";
import { ToolNames } from "../../bedrock/tool-names.ts";
import { SignetError } from "../../core/errors.ts";
import { readBody, text, type Json } from "../fields.ts";
import { jsonOfPart, passedBody, type Ask, type Inbound, type Part } from "../translation.ts";
import { invokeBody } from "./claude.ts";
import { converseRequest } from "./converse-request.ts";

export function readCountTokens(inbound: Inbound): Ask {
  const body = readBody(inbound.body);
  const model = text(body["model"], "model");
  return {
    model,
    passed: {
      api: "anthropic",
      path: "/messages/count_tokens",
      streaming: false,
      body: (target) => passedBody(body, target),
    },
    operation: () => "CountTokens",
    translate: (target) => ({
      bodies: [Buffer.from(JSON.stringify({ input: inputOf(body, target, inbound) }))],
      answer: { kind: "whole", render: ([part]) => rendered(part) },
    }),
  };
}

/** InvokeModel's body needs a limit that a question about tokens doesn't have. */
function inputOf(body: Json, target: Model, { headers }: Inbound): object {
  const limited = { max_tokens: 1, ...body };
  if (isClaude(target)) {
    const invoke = JSON.stringify(invokeBody(limited, headers));
    return { invokeModel: { body: Buffer.from(invoke).toString("base64") } };
  }
  const { messages, system, toolConfig } = converseRequest(limited, target, new ToolNames()).request;
  return { converse: { messages, ...(system && { system }), ...(toolConfig && { toolConfig }) } };
}

function rendered(part: Part | undefined): string {
  const { inputTokens } = jsonOfPart(part) as { inputTokens?: unknown };
  if (typeof inputTokens !== "number")
    throw new SignetError("upstream_invalid", "Bedrock counted no tokens.");
  return JSON.stringify({ input_tokens: inputTokens });
}
