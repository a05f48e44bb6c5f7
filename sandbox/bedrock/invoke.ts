/** InvokeModel and its stream: the vendor's own format under Bedrock's headers. */
import { validationError } from "../errors.ts";
import { claude } from "../models/claude.ts";
import { embedCohere, embedNova, embedTitan } from "../models/embeddings.ts";
import type { Embedded } from "../models/embeddings.ts";
import { llama } from "../models/llama.ts";
import { deepseek, mistral } from "../models/mistral.ts";
import { nova } from "../models/nova.ts";
import { openai } from "../models/openai.ts";
import type { Vendor } from "../models/vendor.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import type { FoundationModel } from "./catalogue.ts";
import { beforeWhole, latencyOf } from "./converse.ts";
import type { Reply } from "./reply.ts";
import { streamAnswer } from "./stream.ts";

type Embed = (body: unknown, modelId: string) => Embedded;

/** The text format of a model, or null for models that don't generate text. */
export function vendorOf({ family }: FoundationModel): Vendor | null {
  switch (family) {
    case "claude":
      return claude;
    case "nova":
      return nova;
    case "llama":
      return llama;
    case "mistral":
      return mistral;
    case "deepseek":
      return deepseek;
    case "openai":
    case "chat":
      return openai;
    case "titan-embed":
    case "cohere-embed":
    case "nova-embed":
    case "nova-reel":
    case "nova-sonic":
    case "none":
      return null;
    default: {
      const _: never = family;
      return _;
    }
  }
}

export function embedderOf({ family }: FoundationModel): Embed | null {
  if (family === "titan-embed") return embedTitan;
  if (family === "nova-embed") return embedNova;
  return family === "cohere-embed" ? embedCohere : null;
}

export function embedAnswer({ body, inputTokens }: Embedded): Answer {
  return jsonAnswer(200, body, {
    "x-amzn-bedrock-input-token-count": String(inputTokens),
    "x-amzn-bedrock-invocation-latency": "50",
  });
}

export async function invokeAnswer(vendor: Vendor, reply: Reply, modelId: string): Promise<Answer> {
  await beforeWhole(reply);
  const { input, output, cacheRead, cacheWrite } = reply.usage;
  return jsonAnswer(200, vendor.answer(reply, modelId), {
    "x-amzn-bedrock-input-token-count": String(input),
    "x-amzn-bedrock-output-token-count": String(output),
    "x-amzn-bedrock-cache-read-input-token-count": String(cacheRead),
    "x-amzn-bedrock-cache-write-input-token-count": String(cacheWrite),
    "x-amzn-bedrock-invocation-latency": String(latencyOf(reply)),
  });
}

/** The last chunk has `amazon-bedrock-invocationMetrics` in addition to the vendor's own fields. */
export function invokeStreamAnswer(vendor: Vendor, reply: Reply, modelId: string): Answer {
  const chunks = vendor.chunks(reply, modelId);
  const { input, output, cacheRead, cacheWrite } = reply.usage;
  const metrics = {
    inputTokenCount: input,
    outputTokenCount: output,
    invocationLatency: latencyOf(reply),
    firstByteLatency: 50,
    ...(cacheRead + cacheWrite === 0
      ? {}
      : { cacheReadInputTokenCount: cacheRead, cacheWriteInputTokenCount: cacheWrite }),
  };
  const events = chunks.map((chunk, i) => {
    const last = i === chunks.length - 1;
    const body = JSON.stringify(last ? { ...chunk, "amazon-bedrock-invocationMetrics": metrics } : chunk);
    return { type: "chunk", payload: { bytes: Buffer.from(body).toString("base64"), p: "abcdefgh" } };
  });
  return streamAnswer(events, reply, { "x-amzn-bedrock-content-type": "application/json" });
}

export function notSupported(modelId: string): never {
  throw validationError(`The model ${modelId} doesn't support this operation.`);
}
