/** Failing streams and large requests. */
import { describe, expect, it } from "vitest";
import type { ConverseEvent, StopReason } from "../../../bedrock/converse.ts";
import { SignetError } from "../../../core/errors.ts";
import { failureOf } from "../../failure.ts";
import { fed, openedBy, renderedBy, requestOf, sseOf } from "../../fixtures.ts";
import { translationOf } from "./fixtures.ts";

const ASKED = { model: "m", input: "Hi", stream: true };
const USAGE = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
const START: ConverseEvent = { type: "messageStart", event: { role: "assistant" } };
const METADATA: ConverseEvent = { type: "metadata", event: { usage: USAGE } };

function said(contentBlockIndex: number, text: string): ConverseEvent {
  return { type: "contentBlockDelta", event: { contentBlockIndex, delta: { text } } };
}

function stopped(contentBlockIndex: number): ConverseEvent {
  return { type: "contentBlockStop", event: { contentBlockIndex } };
}

function ended(stopReason: StopReason): ConverseEvent {
  return { type: "messageStop", event: { stopReason } };
}

describe("a stream that fails", () => {
  it("reports the failure twice, as OpenAI does, with the items complete by then", () => {
    const stream = openedBy(translationOf(ASKED));
    const before = sseOf(fed(stream, [START, said(0, "One."), stopped(0), said(1, "Tw")])).length;
    const error = new SignetError("overloaded", "Too much is going on.");
    const [first, second, ...more] = sseOf(stream.fail(failureOf(error)));
    expect(more).toEqual([]);
    expect(first).toEqual({
      event: "error",
      data: {
        type: "error",
        sequence_number: before,
        code: "overloaded",
        message: "Too much is going on.",
        param: null,
        error: { type: "server_error", code: "overloaded", message: "Too much is going on.", param: null },
      },
    });
    expect(second).toMatchObject({
      event: "response.failed",
      data: {
        sequence_number: before + 1,
        response: {
          status: "failed",
          error: { code: "server_error", message: "Too much is going on." },
          output: [{ type: "message", content: [{ text: "One." }] }],
        },
      },
    });
  });

  it.each([
    [429, "rate_limit_exceeded"],
    [400, "invalid_prompt"],
    [503, "server_error"],
  ])("for status %i has OpenAI's code %s", (status, code) => {
    const stream = openedBy(translationOf(ASKED));
    const text = stream.fail({ status, code: null, type: "SomeException", message: "No." });
    expect(sseOf(text)[1]?.data).toMatchObject({ response: { error: { code } } });
  });

  it.each<StopReason>(["malformed_tool_use", "malformed_model_output"])("throws on %s", (reason) => {
    const stream = openedBy(translationOf(ASKED));
    expect(() => fed(stream, [START, ended(reason)])).toThrow(
      expect.objectContaining({ code: "upstream_invalid" }),
    );
    const whole = { output: { message: { role: "assistant" as const, content: [] } }, usage: USAGE };
    expect(() =>
      renderedBy(translationOf({ ...ASKED, stream: false }), { ...whole, stopReason: reason }),
    ).toThrow(expect.objectContaining({ code: "upstream_invalid" }));
  });

  it("lists only complete items, whichever blocks they came from", () => {
    const stream = openedBy(translationOf(ASKED));
    fed(stream, [START, said(0, "a"), said(1, "x"), stopped(1), said(2, "z")]);
    const error = new SignetError("upstream_timeout", "Bedrock fell silent.");
    expect(sseOf(stream.fail(failureOf(error)))[1]?.data).toMatchObject({
      response: { output: [{ content: [{ text: "x" }] }] },
    });
  });

  it("has no end while a block is open, even if the message has one", () => {
    const stream = openedBy(translationOf(ASKED));
    fed(stream, [START, said(0, "Half"), ended("end_turn"), METADATA]);
    expect(stream.end()).toBeUndefined();
  });
});

describe("a stream", () => {
  it("separates interleaved blocks", () => {
    const stream = openedBy(translationOf(ASKED));
    const events = [said(0, "a"), said(1, "x"), said(0, "b"), stopped(0), said(1, "y"), stopped(1)];
    const text = fed(stream, [START, ...events, ended("max_tokens"), METADATA]) + (stream.end() ?? "");
    expect(sseOf(text).at(-1)).toMatchObject({
      event: "response.incomplete",
      data: {
        response: {
          output: [
            { status: "completed", content: [{ text: "ab" }] },
            { status: "incomplete", content: [{ text: "xy" }] },
          ],
        },
      },
    });
  });

  it("joins redacted reasoning that comes in pieces by its bytes", () => {
    const hidden = ["a", "bc", "def"].map((piece) => Buffer.from(piece).toString("base64"));
    const pieces = hidden.map((redactedContent): ConverseEvent => ({
      type: "contentBlockDelta",
      event: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent } } },
    }));
    const stream = openedBy(translationOf(ASKED));
    const text = fed(stream, [START, ...pieces, stopped(0), ended("end_turn"), METADATA]);
    const done = sseOf(text).find(({ event }) => event === "response.output_item.done");
    const input = [{ role: "user", content: "Hi" }, done?.data["item"]];
    expect(requestOf(translationOf({ model: "m", input })).messages[1]?.content).toEqual([
      { reasoningContent: { redactedContent: Buffer.from("abcdef").toString("base64") } },
    ]);
  });

  it("ignores unknown events and reasons of Bedrock's", () => {
    const stream = openedBy(translationOf(ASKED));
    expect(stream.event("novelty", Buffer.from("{}"))).toBe("");
    const text = fed(stream, [START, ended("moonrise" as StopReason), METADATA]) + (stream.end() ?? "");
    expect(sseOf(text).at(-1)?.event).toBe("response.completed");
  });

  it("leaves out calls that the caller doesn't want", () => {
    const items = [
      { role: "user", content: "Hi" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "done" },
    ];
    const stream = openedBy(translationOf({ ...ASKED, input: items, tool_choice: "none" }));
    const call: ConverseEvent[] = [
      {
        type: "contentBlockStart",
        event: { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t", name: "f" } } },
      },
      { type: "contentBlockDelta", event: { contentBlockIndex: 0, delta: { toolUse: { input: "{}" } } } },
      stopped(0),
    ];
    const text = fed(stream, [START, ...call, ended("tool_use"), METADATA]) + (stream.end() ?? "");
    expect(sseOf(text).map(({ event }) => event)).toEqual([
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
  });

  it("has no padding if the caller asks for none", () => {
    const asked = { ...ASKED, stream_options: { include_obfuscation: false } };
    const text = fed(openedBy(translationOf(asked)), [START, said(0, "a")]);
    expect(text).not.toContain("obfuscation");
  });
});

describe("a large request", () => {
  it("of 10,000 messages and 500 tools keeps them all in order", () => {
    const input = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `message ${i}`,
    }));
    const tools = Array.from({ length: 500 }, (_, i) => ({
      type: "function",
      name: `tool_${i}`,
      parameters: { type: "object" },
      strict: false,
    }));
    const { messages, toolConfig } = requestOf(translationOf({ model: "m", input, tools }));
    expect(messages.map(({ content }) => content)).toEqual(input.map(({ content }) => [{ text: content }]));
    expect(toolConfig?.tools).toHaveLength(500);
  });

  it("with an image of Bedrock's maximum size passes it on byte for byte, and is refused with a larger one", () => {
    const base64 = Buffer.alloc(3_750_000, 7).toString("base64");
    const asking = (data: string) => ({
      model: "m",
      input: [
        { role: "user", content: [{ type: "input_image", image_url: `data:image/png;base64,${data}` }] },
      ],
    });
    const [message] = requestOf(translationOf(asking(base64))).messages;
    expect(message?.content).toEqual([{ image: { format: "png", source: { bytes: base64 } } }]);
    expect(() => translationOf(asking(`${base64}AAAA`))).toThrow(
      expect.objectContaining({ code: "invalid_body", param: "input.0.content.0.image_url" }),
    );
  });
});
