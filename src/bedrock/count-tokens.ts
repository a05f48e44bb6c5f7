/** CountTokens: its input for models behind Converse, and its answer. */
import { SignetError } from "../core/errors.ts";
import type { ConverseRequest } from "./converse.ts";

/** Sampling and the like don't count. */
export function countedInput({
  messages,
  system,
  toolConfig,
  additionalModelRequestFields: fields,
}: ConverseRequest): object {
  return {
    converse: {
      messages,
      ...(system && { system }),
      ...(toolConfig && { toolConfig }),
      ...(fields && { additionalModelRequestFields: fields }),
    },
  };
}

/** Throws `upstream_invalid`. */
export function countOf(answer: unknown): number {
  const { inputTokens } = answer as { inputTokens?: unknown };
  if (typeof inputTokens !== "number")
    throw new SignetError("upstream_invalid", "Bedrock counted no tokens.");
  return inputTokens;
}
