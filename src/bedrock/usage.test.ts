/** How many tokens an answer says it used, and for how long those written to the cache are kept. */
import { describe, expect, it } from "vitest";
import { sseMeter } from "../usage/sse-meter.ts";
import { countsFromBody, countsFromMetadata, withWritten } from "./usage.ts";

const body = (usage: unknown) => Buffer.from(JSON.stringify({ usage }));

describe("tokens written to the cache for an hour", () => {
  const converse = { inputTokens: 1, outputTokens: 2, totalTokens: 103, cacheWriteInputTokens: 100 };

  it("are what Converse details with that time, whole or in a stream's metadata", () => {
    const cacheDetails = [
      { ttl: "1h", inputTokens: 30 },
      { ttl: "5m", inputTokens: 60 },
      { ttl: "1h", inputTokens: 10 },
    ];
    const counts = { cacheWriteInputTokens: 100, cacheWrite1hInputTokens: 40 };
    expect(countsFromBody(body({ ...converse, cacheDetails }))).toMatchObject(counts);
    expect(countsFromMetadata(body({ ...converse, cacheDetails }))).toMatchObject(counts);
    expect(countsFromBody(body({ ...converse, cacheDetails: [] }))).toMatchObject({
      cacheWrite1hInputTokens: 0,
    });
  });

  it("are not known without details, or with something else in their place", () => {
    for (const cacheDetails of [undefined, null, "1h", { ttl: "1h", inputTokens: 3 }])
      expect(countsFromBody(body({ ...converse, cacheDetails }))).not.toHaveProperty(
        "cacheWrite1hInputTokens",
      );
    expect(countsFromBody(body({ ...converse, cacheDetails: [null, { ttl: "1h" }, 7] }))).toMatchObject({
      cacheWrite1hInputTokens: 0,
    });
  });

  it("are in the body of Claude's answer, beside counts that came in headers", () => {
    const counts = {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 100,
    };
    const created = { ephemeral_5m_input_tokens: 90, ephemeral_1h_input_tokens: 10 };
    expect(withWritten(counts, body({ cache_creation: created }))).toEqual({
      ...counts,
      cacheWrite1hInputTokens: 10,
    });
    expect(withWritten(counts, body({ cache_creation: null }))).toEqual(counts);
    expect(withWritten(counts, Buffer.from("not JSON"))).toEqual(counts);
  });

  it("in a stream of Claude's are kept from its start when its end counts again", () => {
    const meter = sseMeter(false);
    const start = {
      type: "message_start",
      message: {
        usage: {
          input_tokens: 5,
          output_tokens: 1,
          cache_creation_input_tokens: 100,
          cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
        },
      },
    };
    const usage = { input_tokens: 5, output_tokens: 9, cache_creation_input_tokens: 100 };
    for (const event of [start, { type: "message_delta", usage }, { type: "message_stop" }])
      meter.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
    expect(meter.counts()).toEqual({
      inputTokens: 5,
      outputTokens: 9,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 100,
      cacheWrite1hInputTokens: 40,
    });
  });
});
