/** Mistral's and DeepSeek's InvokeModel formats: a prompt in, a list of outputs out. */
import { z } from "zod";
import { wordsOf } from "../bedrock/reply.ts";
import type { Reply } from "../bedrock/reply.ts";
import { parseShape } from "../bedrock/shape.ts";
import { plainTurn } from "../bedrock/turn.ts";
import { plainText } from "./vendor.ts";
import type { Vendor } from "./vendor.ts";

const requestSchema = z.strictObject({
  prompt: z.string().min(1),
  max_tokens: z.int().min(1).optional(),
  stop: z.array(z.string()).max(10).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
});

/** The two formats differ only in the name of their list. */
function textCompletion(list: "outputs" | "choices"): Vendor {
  return {
    turnOf(body) {
      const { prompt, max_tokens: maxTokens = 512, stop = [] } = parseShape(requestSchema, body);
      return plainTurn(prompt, { maxTokens, stopSequences: stop });
    },

    answer(reply) {
      return { [list]: [{ text: plainText(reply), stop_reason: stopReason(reply) }] };
    },

    chunks(reply) {
      const words = wordsOf(plainText(reply));
      return words.map((text, i) => ({
        [list]: [{ text, stop_reason: i === words.length - 1 ? stopReason(reply) : null }],
      }));
    },
  };
}

export const mistral = textCompletion("outputs");
export const deepseek = textCompletion("choices");

function stopReason({ stopReason: reason }: Reply): string {
  return reason === "max_tokens" ? "length" : "stop";
}
