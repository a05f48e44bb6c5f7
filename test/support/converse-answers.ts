/** Any answer of Converse, for properties that hold of all. */
import fc from "fast-check";
import { SignetError } from "../../src/core/errors.ts";
import type { ContentBlock, ConverseResponse, JsonObject, StopReason } from "../../src/bedrock/converse.ts";
import { jsonObjects } from "./json-values.ts";

const token = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const count = fc.nat({ max: 100_000 });

/** As it comes over the wire: JSON has no -0. */
const jsonObject = jsonObjects().map((each) => JSON.parse(JSON.stringify(each)) as JsonObject);

const blob = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));

const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.string({ minLength: 1 }).map((text) => ({ text })),
  fc
    .record({ text: fc.string({ minLength: 1 }), signature: blob })
    .map((reasoningText) => ({ reasoningContent: { reasoningText } })),
  blob.map((redactedContent) => ({ reasoningContent: { redactedContent } })),
  fc.record({ toolUseId: token, name: token, input: jsonObject }).map((toolUse) => ({ toolUse })),
);

const GOOD_ENDS: readonly StopReason[] = [
  "end_turn",
  "stop_sequence",
  "tool_use",
  "max_tokens",
  "model_context_window_exceeded",
  "content_filtered",
  "guardrail_intervened",
];

export const converseAnswer: fc.Arbitrary<ConverseResponse> = fc.record({
  output: fc
    .array(block, { maxLength: 6 })
    .map((content) => ({ message: { role: "assistant" as const, content } })),
  stopReason: fc.constantFrom(...GOOD_ENDS),
  usage: fc
    .record({
      inputTokens: count,
      outputTokens: count,
      cacheReadInputTokens: count,
      cacheWriteInputTokens: count,
    })
    .map((usage) => ({ ...usage, totalTokens: Object.values(usage).reduce((sum, each) => sum + each, 0) })),
});

/** `object` with one of its values, however deep, replaced. */
export function spoilt(object: object, seed: number, value: unknown): unknown {
  const places: (() => void)[] = [];
  const copy = structuredClone(object);
  const walk = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push(() => ((node as Record<string, unknown>)[key] = value));
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  places[seed % places.length]?.();
  return copy;
}

/** Values that hardly any field takes. */
export const wrongValue = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  "",
  "x",
  "\ud800",
  [],
  {},
  [[]],
  [null],
  { __proto__: null, a: 1 },
);

/** The result of a request, or what was thrown instead of a refusal that names a field. */
export function fate(read: () => unknown): unknown {
  try {
    read();
    return "served";
  } catch (thrown) {
    return thrown instanceof SignetError && thrown.param !== undefined ? "refused by name" : thrown;
  }
}
