/**
 * A call in OpenTelemetry's semantic conventions for generative AI. The client conventions apply, because Signet is
 * Bedrock's client (those for servers are for what runs models). No part of a prompt or an answer is included. Source:
 * https://github.com/open-telemetry/semantic-conventions-genai (docs/gen-ai)
 */
import type { Attributes } from "@opentelemetry/api";
import { ATTR_ERROR_TYPE, ATTR_SERVER_ADDRESS } from "@opentelemetry/semantic-conventions";
import type { ObservedCall } from "../audit/observer.ts";
import type { Outcome, Usage } from "../audit/call-record.ts";
import { isEmbeddingModel } from "../bedrock/embeddings.ts";
import { modelOfId } from "../bedrock/model.ts";

/** Seconds and tokens: the bounds that the conventions recommend. */
export const DURATION_BOUNDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
export const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, power) => 4 ** power);

const CHATS = new Set(["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"]);

/** `chat`, `embeddings`, or Bedrock's own name if the conventions have no term for it. */
export function operationName({ operation, model }: Pick<ObservedCall, "operation" | "model">): string {
  if (!CHATS.has(operation)) return operation;
  return model !== null && isEmbeddingModel(modelOfId(model)) ? "embeddings" : "chat";
}

/** Attributes of both spans and histograms; each has few values. */
export function sharedAttributes(call: ObservedCall, outcome: Outcome): Attributes {
  return {
    "gen_ai.operation.name": operationName(call),
    "gen_ai.provider.name": "aws.bedrock",
    ...(call.model === null ? {} : { "gen_ai.request.model": call.model }),
    [ATTR_SERVER_ADDRESS]: new URL(call.origin).hostname,
    "signet.client": call.client,
    "signet.delegation": call.delegation,
    ...(outcome.outcome === "ok" ? {} : { [ATTR_ERROR_TYPE]: outcome.upstreamErrorType ?? outcome.outcome }),
  };
}

/** Attributes of spans only. */
export function spanAttributes(call: ObservedCall, outcome: Outcome): Attributes {
  const { cost, status, upstreamRequestId, attempts, usage } = outcome;
  return {
    "signet.call": call.call,
    "signet.key": call.key,
    "signet.protocol": call.protocol,
    "signet.attempts": attempts,
    "cloud.region": call.region,
    ...(status === null ? {} : { "http.response.status_code": status }),
    ...(upstreamRequestId === null ? {} : { "aws.request_id": upstreamRequestId }),
    ...(cost === null ? {} : { "signet.cost.usd": cost.usd }),
    ...(usage.source === "none"
      ? {}
      : {
          "gen_ai.usage.input_tokens": allInput(usage),
          "gen_ai.usage.output_tokens": usage.outputTokens,
          "gen_ai.usage.cache_read.input_tokens": usage.cacheReadInputTokens,
          "gen_ai.usage.cache_creation.input_tokens": usage.cacheWriteInputTokens,
        }),
  };
}

/** The conventions include cached tokens in the input, Bedrock counts them separately. */
export function allInput({ inputTokens, cacheReadInputTokens, cacheWriteInputTokens }: Usage): number {
  return inputTokens + cacheReadInputTokens + cacheWriteInputTokens;
}
