import { describe, expect, it } from "vitest";
import { converseBody } from "./converse-body.ts";
import type { ConverseRequest, ImageBlock } from "./converse.ts";

const image = (bytes: number): ImageBlock => ({
  image: { format: "png", source: { bytes: Buffer.alloc(bytes, `image ${bytes}`).toString("base64") } },
});
const source = { bytes: Buffer.alloc(90_000, "é").toString("base64") };

const REQUESTS: Record<string, ConverseRequest> = {
  "without media": { messages: [{ role: "user", content: [{ text: 'a "text" of ü and 😀' }] }] },
  "with media of every kind and size": {
    system: [{ text: "Größe" }],
    messages: [
      { role: "user", content: [image(70_000), { text: "ü 😀" }, image(10), image(1_000_000)] },
      {
        role: "assistant",
        content: [{ toolUse: { toolUseId: "a", name: "look", input: { bytes: '"x"'.repeat(50_000) } } }],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ text: "é" }, image(80_000), image(70_000)] } },
          { document: { format: "pdf", name: "report", source } },
          { video: { format: "mp4", source } },
          { cachePoint: { type: "default" } },
        ],
      },
    ],
    inferenceConfig: { maxTokens: 7 },
  },
};

describe("the body of a Converse request", () => {
  it.each(Object.entries(REQUESTS))("is its JSON: one %s", (_what, request) => {
    const json = JSON.stringify(request);
    expect(converseBody(request).toString() === json).toBe(true);
    // The request is unchanged.
    expect(JSON.stringify(request) === json).toBe(true);
  });
});
