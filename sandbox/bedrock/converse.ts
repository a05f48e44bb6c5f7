/** Converse's answers: one JSON body, or the same as events. */
import { sleep } from "../clock.ts";
import { bedrockError } from "../errors.ts";
import { CutConnection, jsonAnswer } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { jsonPieces, wordsOf } from "./reply.ts";
import type { Block, Reply } from "./reply.ts";
import { streamAnswer } from "./stream.ts";
import type { StreamEvent } from "./stream.ts";

export async function converseAnswer(reply: Reply): Promise<Answer> {
  await beforeWhole(reply);
  return jsonAnswer(200, {
    metrics: { latencyMs: latencyOf(reply) },
    output: { message: { role: "assistant", content: reply.blocks.map(contentOf) } },
    stopReason: stopReasonOf(reply),
    usage: usageOf(reply),
  });
}

export function converseStreamAnswer(reply: Reply): Answer {
  return streamAnswer([...events(reply)], reply);
}

/** Delays and failures of an answer that isn't streamed. */
export async function beforeWhole({ delayMs, mishap }: Reply): Promise<void> {
  if (delayMs > 0) await sleep(delayMs);
  if (mishap?.kind === "cut") throw new CutConnection();
  if (mishap?.kind === "exception") throw bedrockError(mishap.type, "The model's answer failed on the way.");
}

/** Plausible milliseconds of a model; computed, so that answers are the same in every run. */
export function latencyOf({ usage }: Reply): number {
  return 100 + 10 * usage.output;
}

function contentOf(block: Block): object {
  switch (block.kind) {
    case "text":
      return { text: block.text };
    case "tool":
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
    case "reasoning":
      return { reasoningContent: { reasoningText: reasoningOf(block.text, block.signature) } };
    case "redacted":
      return { reasoningContent: { redactedContent: block.data } };
    default: {
      const _: never = block;
      return _;
    }
  }
}

function reasoningOf(text: string, signature: string | null): object {
  return signature === null ? { text } : { text, signature };
}

/** Converse has its own name for a refusal, and none for a pause. */
function stopReasonOf({ stopReason }: Reply): string {
  if (stopReason === "refusal") return "content_filtered";
  return stopReason === "pause_turn" ? "end_turn" : stopReason;
}

function usageOf({ usage }: Reply): object {
  const { input, output, cacheRead, cacheWrite, cacheWrite1h } = usage;
  const cached = cacheRead + cacheWrite;
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output + cached,
    ...(cached === 0 ? {} : { cacheReadInputTokens: cacheRead, cacheWriteInputTokens: cacheWrite }),
    ...(cacheWrite === 0
      ? {}
      : {
          cacheDetails: [
            { ttl: "1h", inputTokens: cacheWrite1h },
            { ttl: "5m", inputTokens: cacheWrite - cacheWrite1h },
          ],
        }),
  };
}

function* events(reply: Reply): Generator<StreamEvent> {
  yield { type: "messageStart", payload: { p: "abcd", role: "assistant" } };
  for (const [contentBlockIndex, block] of reply.blocks.entries()) {
    // As on AWS, only tool calls announce their block; text and reasoning begin with a delta.
    if (block.kind === "tool") {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      yield { type: "contentBlockStart", payload: { contentBlockIndex, p: "abcdef", start } };
    }
    for (const delta of deltasOf(block)) {
      yield { type: "contentBlockDelta", payload: { contentBlockIndex, delta, p: "abcdefgh" } };
    }
    yield { type: "contentBlockStop", payload: { contentBlockIndex, p: "abcdefghij" } };
  }
  yield { type: "messageStop", payload: { p: "abcdefghijkl", stopReason: stopReasonOf(reply) } };
  const metrics = { latencyMs: latencyOf(reply) };
  yield { type: "metadata", payload: { metrics, p: "abcdefghijklmn", usage: usageOf(reply) } };
}

function deltasOf(block: Block): object[] {
  switch (block.kind) {
    case "text":
      return wordsOf(block.text).map((text) => ({ text }));
    case "tool":
      return jsonPieces(block.input).map((input) => ({ toolUse: { input } }));
    case "reasoning":
      return [
        ...wordsOf(block.text).map((text) => ({ reasoningContent: { text } })),
        ...(block.signature === null ? [] : [{ reasoningContent: { signature: block.signature } }]),
      ];
    case "redacted":
      return [{ reasoningContent: { redactedContent: block.data } }];
    default: {
      const _: never = block;
      return _;
    }
  }
}
