/** Stop reasons, failing streams and large requests. */
import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import type { ConverseEvent, ConverseEvents, ConverseResponse, StopReason } from "../../bedrock/converse.ts";
import { SignetError } from "../../core/errors.ts";
import { failureOf } from "../failure.ts";
import { fed, ID, openedBy, renderedBy, requestOf, sseOf } from "../fixtures.ts";
import type { StreamTranslator } from "../translation.ts";
import { ASKED, translationOf } from "./fixtures.ts";

const USAGE = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
const START: ConverseEvent = { type: "messageStart", event: { role: "assistant" } };
const METADATA: ConverseEvent = { type: "metadata", event: { usage: USAGE } };

type Delta = ConverseEvents["contentBlockDelta"]["delta"];

function came(contentBlockIndex: number, delta: Delta): ConverseEvent {
  return { type: "contentBlockDelta", event: { contentBlockIndex, delta } };
}

function called(contentBlockIndex: number, toolUseId: string): ConverseEvent {
  return {
    type: "contentBlockStart",
    event: { contentBlockIndex, start: { toolUse: { toolUseId, name: "f" } } },
  };
}

function stopped(contentBlockIndex: number): ConverseEvent {
  return { type: "contentBlockStop", event: { contentBlockIndex } };
}

function ended(stopReason: string): ConverseEvent {
  return { type: "messageStop", event: { stopReason: stopReason as StopReason } };
}

function opened(fields: object = {}): StreamTranslator {
  return openedBy(translationOf({ ...ASKED, ...fields, stream: true }));
}

/** `type` of each event, with its block's index. */
function outline(text: string): string[] {
  return sseOf(text).map(({ event, data }) =>
    "index" in data ? `${event} ${String(data["index"])}` : event,
  );
}

function answer(
  stopReason: string,
  content: ConverseResponse["output"]["message"]["content"],
): ConverseResponse {
  return {
    output: { message: { role: "assistant", content } },
    stopReason: stopReason as StopReason,
    usage: USAGE,
  };
}

/** The fields that the SDK's types require. */
type Demanded<T> = Record<{ [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T], 0>;

const MESSAGE: Demanded<Anthropic.Message> = {
  container: 0,
  content: 0,
  diagnostics: 0,
  id: 0,
  model: 0,
  role: 0,
  stop_details: 0,
  stop_reason: 0,
  stop_sequence: 0,
  type: 0,
  usage: 0,
};
const MESSAGE_USAGE: Demanded<Anthropic.Usage> = {
  cache_creation: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  inference_geo: 0,
  input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: 0,
  server_tool_use: 0,
  service_tier: 0,
  speed: 0,
};
const DELTA_USAGE: Demanded<Anthropic.MessageDeltaUsage> = {
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: 0,
  server_tool_use: 0,
};

it("an answer has every field that the SDK's types require, whole and streamed", () => {
  const whole = JSON.parse(renderedBy(translationOf(ASKED), answer("end_turn", []))) as Anthropic.Message;
  expect(Object.keys(whole).toSorted()).toEqual(Object.keys(MESSAGE));
  expect(Object.keys(whole.usage).toSorted()).toEqual(Object.keys(MESSAGE_USAGE));
  const [start, delta] = sseOf(fed(opened(), [START, ended("end_turn"), METADATA]));
  expect(Object.keys(start?.data["message"] as object).toSorted()).toEqual(Object.keys(MESSAGE));
  expect(Object.keys(delta?.data["usage"] as object)).toEqual(
    expect.arrayContaining(Object.keys(DELTA_USAGE)),
  );
});

describe("an answer's end", () => {
  it.each([
    ["end_turn", "end_turn"],
    ["max_tokens", "max_tokens"],
    ["stop_sequence", "stop_sequence"],
    ["tool_use", "tool_use"],
    ["model_context_window_exceeded", "model_context_window_exceeded"],
    ["content_filtered", "refusal"],
    ["guardrail_intervened", "refusal"],
    ["one_that_bedrock_added", "end_turn"],
  ])("for %s is %s", (given, expected) => {
    const whole: unknown = JSON.parse(renderedBy(translationOf(ASKED), answer(given, [])));
    expect(whole).toMatchObject({ stop_reason: expected });
  });

  it.each(["malformed_tool_use", "malformed_model_output"])("for %s is an error", (reason) => {
    const error = expect.objectContaining({ code: "upstream_invalid" });
    expect(() => renderedBy(translationOf(ASKED), answer(reason, []))).toThrow(error);
    expect(() => fed(opened(), [START, ended(reason)])).toThrow(error);
  });

  it("names the stop sequence if the request had only one", () => {
    const sequenceFor = (stop_sequences: string[], reason: string): unknown => {
      const body = renderedBy(translationOf({ ...ASKED, stop_sequences }), answer(reason, []));
      return (JSON.parse(body) as { stop_sequence: unknown }).stop_sequence;
    };
    expect(sequenceFor(["END"], "stop_sequence")).toBe("END");
    expect(sequenceFor(["END"], "end_turn")).toBeNull();
    expect(sequenceFor(["END", "FIN"], "stop_sequence")).toBeNull();
  });

  it("with a part that a message can't contain is an error, not an answer without it", () => {
    const image = { image: { format: "png" as const, source: { bytes: "aaaa" } } };
    const error = expect.objectContaining({ code: "upstream_invalid" });
    expect(() => renderedBy(translationOf(ASKED), answer("end_turn", [image]))).toThrow(error);
    const start = Buffer.from('{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}');
    expect(() => opened().event("contentBlockStart", start)).toThrow(error);
  });
});

describe("a stream", () => {
  it("separates interleaved blocks", () => {
    const events = [
      called(0, "a"),
      called(1, "b"),
      came(0, { toolUse: { input: '{"x":' } }),
      came(1, { toolUse: { input: "{}" } }),
      came(0, { toolUse: { input: "1}" } }),
      stopped(1),
      stopped(0),
    ];
    const text = fed(opened(), events);
    expect(outline(text)).toEqual([
      "content_block_start 0",
      "content_block_start 1",
      "content_block_delta 0",
      "content_block_delta 1",
      "content_block_delta 0",
      "content_block_stop 1",
      "content_block_stop 0",
    ]);
  });

  it("leaves out calls that the caller doesn't want, and numbers the other blocks without gaps", () => {
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "done" }] },
    ];
    const stream = opened({ messages, tool_choice: { type: "none" } });
    const call = [called(0, "u"), came(0, { toolUse: { input: "{}" } }), stopped(0)];
    const text = [came(1, { text: "Enough." }), stopped(1)];
    const sent = fed(stream, [START, ...call, ...text, ended("tool_use"), METADATA]) + (stream.end() ?? "");
    expect(outline(sent)).toEqual([
      "message_start",
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_stop 0",
      "message_delta",
      "message_stop",
    ]);
    expect(sent).toContain('"stop_reason":"end_turn"');
  });

  it("has no end while a block is open, before its beginning, or without its usage", () => {
    const half = [came(0, { text: "Half" })];
    for (const events of [
      [START, ...half, ended("end_turn"), METADATA],
      [...half, stopped(0), ended("end_turn"), METADATA],
      [START, ...half, stopped(0), ended("end_turn")],
      [START, ...half, stopped(0), METADATA],
    ]) {
      const stream = opened();
      expect(fed(stream, events)).not.toContain("message_delta");
      expect(stream.end()).toBeUndefined();
    }
  });

  it("throws at the input of a call that never began", () => {
    expect(() => fed(opened(), [START, came(0, { toolUse: { input: "{}" } })])).toThrow(
      expect.objectContaining({ code: "upstream_invalid" }),
    );
  });

  it("ignores unknown events of Bedrock's", () => {
    const stream = opened();
    expect(stream.event("novelty", Buffer.from("{}"))).toBe("");
    expect(fed(stream, [came(0, { citation: { title: "t" } }), stopped(0)])).toBe("");
  });

  it("that fails has Anthropic's error event", () => {
    const error = new SignetError("upstream_timeout", "Bedrock fell silent.");
    expect(sseOf(opened().fail(failureOf(error)))).toEqual([
      {
        event: "error",
        data: {
          type: "error",
          error: { type: "timeout_error", message: "Bedrock fell silent." },
          request_id: ID,
        },
      },
    ]);
  });

  it("keeps its connection active with Anthropic's ping", () => {
    expect(opened().ping).toBe('event: ping\ndata: {"type": "ping"}\n\n');
  });
});

describe("a large request", () => {
  it("of 10,000 messages, 500 tools and large media becomes a Converse request", () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `message ${i}`,
    }));
    const source = { type: "base64", media_type: "image/png", data: "A".repeat(4_000_000) };
    const tools = Array.from({ length: 500 }, (_, i) => ({ name: `tool.${i}`, input_schema: {} }));
    const image = { role: "user", content: [{ type: "image", source }] };
    const { messages: sent, toolConfig } = requestOf(
      translationOf({ ...ASKED, messages: [...messages, image], tools }),
    );
    expect(sent).toHaveLength(10_001);
    expect(new Set(toolConfig?.tools.map((each) => JSON.stringify(each))).size).toBe(500);
  });

  it("with an image beyond Bedrock's size limit is refused by the field's name", () => {
    const source = { type: "base64", media_type: "image/png", data: "A".repeat(20_000_000) };
    const body = { ...ASKED, messages: [{ role: "user", content: [{ type: "image", source }] }] };
    expect(() => translationOf(body)).toThrow(
      expect.objectContaining({ code: "invalid_body", param: "messages.0.content.0.source" }),
    );
  });
});
