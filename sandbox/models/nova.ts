/** Amazon Nova's InvokeModel format: Converse's messages with their own schema version. */
import { z } from "zod";
import { wordsOf } from "../bedrock/reply.ts";
import type { Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import { plainText } from "./vendor.ts";
import type { Vendor } from "./vendor.ts";

const content = z.array(z.looseObject({ text: z.string().optional() })).min(1);

const requestSchema = z.strictObject({
  schemaVersion: z.literal("messages-v1").optional(),
  messages: z.array(z.strictObject({ role: z.enum(["user", "assistant"]), content })).min(1),
  system: z.array(z.looseObject({ text: z.string() })).optional(),
  inferenceConfig: z
    .looseObject({ maxTokens: z.int().min(1).optional(), stopSequences: z.array(z.string()).optional() })
    .optional(),
  toolConfig: z.looseObject({}).optional(),
});

export const nova: Vendor = {
  turnOf(body) {
    const { messages, system = [], inferenceConfig } = parseShape(requestSchema, body);
    const texts = messages.map((message) => message.content.map(({ text = "" }) => text).join("\n"));
    return plainTurn(texts.at(-1) ?? "", {
      inputCharacters: [...system.map(({ text }) => text), ...texts].join("").length,
      maxTokens: inferenceConfig?.maxTokens ?? null,
      stopSequences: inferenceConfig?.stopSequences ?? [],
    });
  },

  answer(reply) {
    return {
      output: { message: { role: "assistant", content: [{ text: plainText(reply) }] } },
      stopReason: reply.stopReason,
      usage: usageOf(reply),
    };
  },

  chunks(reply) {
    return [
      { messageStart: { role: "assistant" } },
      ...wordsOf(plainText(reply)).map((text) => ({
        contentBlockDelta: { delta: { text }, contentBlockIndex: 0 },
      })),
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: reply.stopReason } },
      { metadata: { usage: usageOf(reply), metrics: {}, trace: {} } },
    ];
  },
};

function usageOf({ usage }: Reply): object {
  return { inputTokens: usage.input, outputTokens: usage.output, totalTokens: usage.input + usage.output };
}
