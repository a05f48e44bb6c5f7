/**
 * How many tokens a call may use at most, read from Bedrock's request without parsing it: four bytes of text are taken
 * for a token, and the answer for as long as the request allows. It is settled once Bedrock has counted.
 */
import type { Operation } from "../core/operations.ts";

/** Where the request doesn't say. Bedrock's own defaults differ by model, and most are below. */
const DEFAULT_OUTPUT = 4096;
const BYTES_PER_TOKEN = 4;
/** An image is about 1,600 tokens, a page of a document up to 3,000. */
const MEDIA_TOKENS = 3000;
const MEDIA = /"(?:bytes|data|image)"\s*:\s*"([A-Za-z0-9+/=_-]{1000,})"/g;
const MOST_OUTPUT =
  /"(?:maxTokens|max_tokens|max_completion_tokens|maxOutputTokens|max_output_tokens|max_new_tokens|maxTokenCount|max_gen_len|max_tokens_to_sample)"\s*:\s*([0-9]{1,9})/g;

const WITHOUT_OUTPUT: readonly Operation[] = ["CountTokens", "ApplyGuardrail"];

export function estimatedTokens(
  operation: Operation,
  bodies: readonly Buffer[],
): { input: number; output: number } {
  let input = 0;
  let output = 0;
  for (const body of bodies) {
    const text = body.toString("latin1");
    let media = 0;
    let mediaBytes = 0;
    for (const [, data = ""] of text.matchAll(MEDIA)) {
      media++;
      mediaBytes += data.length;
    }
    input += Math.ceil((body.length - mediaBytes) / BYTES_PER_TOKEN) + media * MEDIA_TOKENS;
    output += mostOutput(text);
  }
  // What is only counted or looked at costs no tokens of a model.
  return WITHOUT_OUTPUT.includes(operation) ? { input: 0, output: 0 } : { input, output };
}

function mostOutput(text: string): number {
  const named = [...text.matchAll(MOST_OUTPUT)].map(([, most]) => Number(most));
  if (named.length > 0) return Math.max(...named);
  // Embeddings have no output.
  return /"(?:inputText|texts|input_type|singleEmbeddingParams)"\s*:/.test(text) ? 0 : DEFAULT_OUTPUT;
}
