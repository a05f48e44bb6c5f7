/** `POST /v1/messages`: InvokeModel for Claude, so that nothing is lost; Converse for other vendors' models. */
import { converseBody } from "../../bedrock/converse-body.ts";
import { notTooDeep } from "../../core/json.ts";
import { ANTHROPIC_API } from "../../bedrock/compatible.ts";
import { isClaude, type Model } from "../../bedrock/model.ts";
import { ToolNames } from "../../bedrock/tool-names.ts";
import { flag, optional, readBody, text } from "../fields.ts";
import type { Ask, Inbound, Translation } from "../translation.ts";
import { bodyFor, invokeBody, openClaude, renderClaude } from "./claude.ts";
import { converseRequest } from "./converse-request.ts";
import { renderMessage, type MessageAnswer } from "./converse-response.ts";
import { openMessage } from "./converse-stream.ts";

const SSE = "text/event-stream; charset=utf-8";

/** Of a request for Claude only the model and streaming are read: all else is Bedrock's to judge. */
export function readMessages(inbound: Inbound): Ask {
  const body = readBody(inbound.body);
  const model = text(body["model"], "model");
  const streaming = optional(body["stream"], "stream", flag) ?? false;

  const claude = (): Translation => ({
    bodies: [invokeBody(inbound, body)],
    answer: streaming
      ? { kind: "stream", contentType: SSE, open: () => openClaude({ model, id: inbound.id }) }
      : { kind: "whole", render: ([part]) => renderClaude(part, model) },
  });

  const converse = (target: Model): Translation => {
    const tools = new ToolNames();
    const { request, suppressCalls } = converseRequest(body, target, tools);
    const stopSequences = request.inferenceConfig?.stopSequences ?? [];
    const answer: MessageAnswer = { id: inbound.id, model, tools, suppressCalls, stopSequences };
    return {
      bodies: [converseBody(request)],
      answer: streaming
        ? { kind: "stream", contentType: SSE, open: () => openMessage(answer) }
        : { kind: "whole", render: ([part]) => renderMessage(answer, part) },
    };
  };

  return {
    model,
    passed: {
      api: ANTHROPIC_API,
      path: "/messages",
      streaming,
      body: (target) => bodyFor(inbound, target),
    },
    operation: (target) => operationFor(target, streaming),
    translate: (target) => (isClaude(target) ? claude() : notTooDeep(() => converse(target))),
  };
}

function operationFor(target: Model, streaming: boolean): ReturnType<Ask["operation"]> {
  if (isClaude(target)) return streaming ? "InvokeModelWithResponseStream" : "InvokeModel";
  return streaming ? "ConverseStream" : "Converse";
}
