/** The InvokeModel format of OpenAI's open-weight models: Chat Completions, with the model told by the path. */
import { z } from "zod";
import { wordsOf } from "../bedrock/reply.ts";
import type { Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import { plainText } from "./vendor.ts";
import type { Vendor } from "./vendor.ts";

const requestSchema = z.looseObject({
  model: z.string().optional(),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user", "assistant", "tool"]),
        content: z.string().nullish(),
      }),
    )
    .min(1),
  max_completion_tokens: z.int().min(1).optional(),
  stop: z.array(z.string()).optional(),
});

const ENVELOPE = { id: "chatcmpl-sandbox", created: 1_700_000_000, service_tier: "default" };

export const openai: Vendor = {
  turnOf(body) {
    const request = parseShape(requestSchema, body);
    const texts = request.messages.map(({ content }) => content ?? "");
    return plainTurn(texts.at(-1) ?? "", {
      inputCharacters: texts.join("").length,
      maxTokens: request.max_completion_tokens ?? null,
      stopSequences: request.stop ?? [],
    });
  },

  answer(reply, model) {
    const message = { role: "assistant", content: plainText(reply) };
    const choices = [{ index: 0, finish_reason: finishReason(reply), logprobs: null, message }];
    return { ...ENVELOPE, object: "chat.completion", model, choices, usage: usageOf(reply) };
  },

  chunks(reply, model) {
    const chunk = (delta: object, finish_reason: string | null): object => ({
      ...ENVELOPE,
      object: "chat.completion.chunk",
      model,
      choices: [{ index: 0, delta, finish_reason, logprobs: null }],
    });
    return [
      chunk({ role: "assistant", content: "" }, null),
      ...wordsOf(plainText(reply)).map((content) => chunk({ content }, null)),
      chunk({}, finishReason(reply)),
    ];
  },
};

function finishReason({ stopReason }: Reply): string {
  return stopReason === "max_tokens" ? "length" : "stop";
}

function usageOf({ usage }: Reply): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
}
