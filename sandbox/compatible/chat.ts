/** Chat Completions: one JSON body, or chunks that end in `[DONE]`. */
import { z } from "zod";
import { beforeWhole } from "../bedrock/converse.ts";
import type { Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { chatChunk, chatUsage, openai } from "../models/openai.ts";
import { jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { openAiError } from "./errors.ts";
import { sseAnswer } from "./sse.ts";

const streaming = z.looseObject({
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
});

export async function chatAnswer(reply: Reply, model: string): Promise<Answer> {
  await beforeWhole(reply);
  return jsonAnswer(200, openai.answer(reply, model));
}

/** With `include_usage` every chunk has a `usage`: null, except in a last one without choices. */
export function chatStream(reply: Reply, model: string, body: unknown): Answer {
  const withUsage = parseShape(streaming, body).stream_options?.include_usage === true;
  const plain = openai.chunks(reply, model);
  const chunks = withUsage
    ? [
        ...plain.map((chunk) => ({ ...chunk, usage: null })),
        { ...chatChunk(model, []), usage: chatUsage(reply) },
      ]
    : plain;
  return sseAnswer(
    {
      events: chunks.map((data) => ({ name: null, data })),
      failure: (error) => ({ name: null, data: { error: openAiError(error) } }),
      end: "[DONE]",
    },
    reply,
  );
}
