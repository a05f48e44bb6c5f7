/** Meta Llama's InvokeModel format: a prompt in, a generation out. */
import { z } from "zod";
import { wordsOf } from "../bedrock/reply.ts";
import type { Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import { plainText } from "./vendor.ts";
import type { Vendor } from "./vendor.ts";

const requestSchema = z.strictObject({
  prompt: z.string().min(1),
  max_gen_len: z.int().min(1).max(8192).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  images: z.array(z.base64()).optional(),
});

export const llama: Vendor = {
  turnOf(body) {
    const { prompt, max_gen_len: maxTokens = 512 } = parseShape(requestSchema, body);
    return plainTurn(prompt, { maxTokens });
  },

  answer(reply) {
    return {
      generation: plainText(reply),
      prompt_token_count: reply.usage.input,
      generation_token_count: reply.usage.output,
      stop_reason: stopReason(reply),
    };
  },

  chunks(reply) {
    const words = wordsOf(plainText(reply));
    return words.map((generation, i) => ({
      generation,
      prompt_token_count: i === 0 ? reply.usage.input : null,
      generation_token_count: i + 1,
      stop_reason: i === words.length - 1 ? stopReason(reply) : null,
    }));
  },
};

function stopReason({ stopReason: reason }: Reply): string {
  return reason === "max_tokens" ? "length" : "stop";
}
