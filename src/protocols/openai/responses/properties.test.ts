/** Properties of every request and every answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  CitationsBlock,
  ContentBlock,
  ConverseResponse,
  JsonObject,
  StopReason,
} from "../../../bedrock/converse.ts";
import { SignetError } from "../../../core/errors.ts";
import { eventsOf, fed, inboundOf, openedBy, renderedBy, requestOf, sseOf } from "../../fixtures.ts";
import { CLAUDE, translationOf } from "./fixtures.ts";
import { readResponses } from "./read.ts";
import { jsonObjects, jsonValues } from "../../../../test/support/json-values.ts";

/** As it comes over the wire: JSON has no -0. */
const jsonObject = jsonObjects().map((each) => JSON.parse(JSON.stringify(each)) as JsonObject);
const token = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);

const reasoningBlock: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.record({ text: fc.string(), signature: fc.base64String({ minLength: 4 }) }).map((reasoningText) => ({
    reasoningContent: { reasoningText },
  })),
  fc.string({ minLength: 1 }).map((text) => ({ reasoningContent: { reasoningText: { text } } })),
  fc.base64String({ minLength: 4 }).map((redactedContent) => ({ reasoningContent: { redactedContent } })),
);

const answerBlock: fc.Arbitrary<ContentBlock | CitationsBlock> = fc.oneof(
  fc.string().map((text) => ({ text })),
  fc
    .array(
      fc.string().map((text) => ({ text })),
      { maxLength: 3 },
    )
    .map((content) => ({ citationsContent: { content } })),
  reasoningBlock,
  fc.record({ toolUseId: token, name: token, input: jsonObject }).map((toolUse) => ({ toolUse })),
);

const count = fc.nat({ max: 100_000 });
const stopReason = fc.constantFrom<StopReason>(
  "end_turn",
  "stop_sequence",
  "tool_use",
  "max_tokens",
  "model_context_window_exceeded",
  "content_filtered",
  "guardrail_intervened",
);

const converseAnswer: fc.Arbitrary<ConverseResponse> = fc.record({
  output: fc
    .array(answerBlock, { maxLength: 6 })
    .map((content) => ({ message: { role: "assistant" as const, content } })),
  stopReason,
  usage: fc.record(
    {
      inputTokens: count,
      outputTokens: count,
      totalTokens: count,
      cacheReadInputTokens: count,
      cacheWriteInputTokens: count,
    },
    { requiredKeys: ["inputTokens", "outputTokens", "totalTokens"] },
  ),
});

/** Requests that differ in the parts of the answer that they allow. */
const asked = fc.constantFrom(
  { model: "m", input: "Hi" },
  { model: "m", input: "Hi", reasoning: { summary: "detailed" } },
  {
    model: "m",
    tool_choice: "none",
    input: [
      { role: "user", content: "Hi" },
      { type: "function_call", call_id: "c", name: "f", arguments: "" },
      { type: "function_call_output", call_id: "c", output: "done" },
    ],
  },
);

type Event = Record<string, unknown> & { type: string };

function streamed(request: object, response: ConverseResponse, size: number): Event[] {
  const stream = openedBy(translationOf({ ...request, stream: true }));
  const text = fed(stream, eventsOf(response, size)) + (stream.end() ?? "");
  return sseOf(text).map(({ event, data }) => {
    expect(event).toBe(data["type"]);
    return data as Event;
  });
}

/** The text of each item, from its deltas only. */
function byDeltas(events: readonly Event[]): Map<unknown, string> {
  const texts = new Map<unknown, string>();
  for (const { type, item_id, delta } of events) {
    if (type.endsWith(".delta")) texts.set(item_id, (texts.get(item_id) ?? "") + String(delta));
  }
  return texts;
}

interface Item {
  id: string;
  type: string;
  status: string;
  content?: { text: string }[];
  summary?: { text: string }[];
  arguments?: string;
}

function textOf({ content, summary, arguments: input }: Item): string {
  return input ?? [...(content ?? []), ...(summary ?? [])].map(({ text }) => text).join("");
}

describe("an answer", () => {
  it("is the same streamed and whole, by its last event and by its deltas", () => {
    fc.assert(
      fc.property(asked, converseAnswer, fc.integer({ min: 1, max: 30 }), (request, response, size) => {
        const whole = JSON.parse(renderedBy(translationOf(request), response)) as { output: Item[] };
        const events = streamed(request, response, size);
        expect(events.at(-1)?.["response"]).toEqual(whole);
        const texts = byDeltas(events);
        for (const item of whole.output) expect(texts.get(item.id) ?? "").toBe(textOf(item));
        const done = events.filter(({ type }) => type === "response.output_item.done");
        expect(done.map(({ item }) => item)).toEqual(whole.output);
      }),
    );
  });

  it("numbers its events without a gap, and opens every item before it closes it", () => {
    fc.assert(
      fc.property(asked, converseAnswer, fc.integer({ min: 1, max: 30 }), (request, response, size) => {
        const events = streamed(request, response, size);
        expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, i) => i));
        expect(events.slice(0, 2).map(({ type }) => type)).toEqual([
          "response.created",
          "response.in_progress",
        ]);
        const byItem = Map.groupBy(events.slice(2, -1), ({ output_index }) => output_index);
        for (const own of byItem.values()) {
          const added = own.filter(({ type }) => type === "response.output_item.added");
          const done = own.filter(({ type }) => type === "response.output_item.done");
          expect(added).toEqual([own[0]]);
          expect(done).toEqual([own.at(-1)]);
        }
      }),
    );
  });

  it("never looks complete if any part of its end is missing", () => {
    fc.assert(
      fc.property(asked, converseAnswer, fc.nat(), (request, response, cut) => {
        const events = eventsOf(response);
        const stream = openedBy(translationOf({ ...request, stream: true }));
        const text = fed(stream, events.slice(0, cut % events.length));
        expect(stream.end()).toBeUndefined();
        expect(text).not.toMatch(/event: response\.(completed|incomplete|failed)/);
      }),
    );
  });

  it("goes back to Bedrock unchanged, block for block", () => {
    fc.assert(
      fc.property(fc.array(answerBlock, { minLength: 1, maxLength: 6 }), (content) => {
        const response: ConverseResponse = {
          output: { message: { role: "assistant", content } },
          stopReason: "end_turn",
          usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
        };
        const rendered = renderedBy(translationOf({ model: "m", input: "Hi" }), response);
        const { output } = JSON.parse(rendered) as { output: object[] };
        const again = translationOf({ model: "m", input: [{ role: "user", content: "Hi" }, ...output] });
        const sent = content.flatMap((block): ContentBlock[] => {
          if (!("citationsContent" in block)) return [block];
          return [{ text: (block.citationsContent.content ?? []).map(({ text }) => text).join("") }];
        });
        const kept = sent.filter((block) => !("text" in block) || block.text.trim() !== "");
        expect(requestOf(again).messages[1]?.content ?? []).toEqual(kept);
      }),
    );
  });
});

const DATA_URL = "data:image/png;base64,iVBORw0KGgo=";

const part = fc.oneof(
  fc.string().map((text) => ({ type: "input_text", text })),
  fc.constant({ type: "input_image", image_url: DATA_URL, detail: "auto" }),
  fc.constant({
    type: "input_file",
    filename: "a.pdf",
    file_data: "data:application/pdf;base64,JVBERi0=",
    prompt_cache_breakpoint: { mode: "explicit", ttl: "30m" },
  }),
);

const item = fc.oneof(
  fc.record({
    role: fc.constantFrom("user", "system", "developer", "assistant"),
    content: fc.string({ minLength: 1 }),
  }),
  fc.record({ role: fc.constant("user"), content: fc.array(part, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant("message"),
    role: fc.constant("assistant"),
    content: fc.array(
      fc.string().map((text) => ({ type: "output_text", text, annotations: [] })),
      {
        maxLength: 2,
      },
    ),
  }),
  fc.record({
    type: fc.constant("function_call"),
    call_id: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    arguments: jsonObject.map((input) => JSON.stringify(input)),
  }),
  fc.record({
    type: fc.constant("function_call_output"),
    call_id: fc.string({ minLength: 1 }),
    output: fc.oneof(fc.string(), fc.array(part, { maxLength: 2 })),
  }),
);

const request = fc.record(
  {
    model: fc.constant("m"),
    input: fc
      .array(item, { maxLength: 8 })
      .map((items): object[] => [{ role: "user", content: "Hi" }, ...items]),
    instructions: fc.string(),
    max_output_tokens: fc.integer({ min: 2_000, max: 64_000 }),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    top_p: fc.double({ min: 0, max: 1, noNaN: true }),
    stream: fc.boolean(),
    tools: fc
      .uniqueArray(token, { minLength: 1, maxLength: 3 })
      .map((names) =>
        names.map((name) => ({ type: "function", name, parameters: { type: "object" }, strict: true })),
      ),
    tool_choice: fc.constantFrom("auto", "none"),
    reasoning: fc.record({
      effort: fc.constantFrom("none", "low", "high"),
      summary: fc.constantFrom("auto", null),
    }),
    text: fc.constantFrom(
      { format: { type: "text" } },
      { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
    ),
    service_tier: fc.constantFrom("auto", "default", "flex", "priority", "fast"),
    metadata: fc.dictionary(token, fc.string()),
    store: fc.constant(false),
    truncation: fc.constant("disabled"),
    include: fc.constant(["reasoning.encrypted_content"]),
  },
  { requiredKeys: ["model", "input"] },
);

/** `json` with the value at one place, chosen by `choice`, replaced by `value`, or with a field added there. */
function spoiled(json: object, choice: number, name: string, value: unknown): unknown {
  const copy = structuredClone(json);
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const walk = (holder: object): void => {
    for (const [key, each] of Object.entries(holder)) {
      places.push([holder as Record<string, unknown>, key]);
      if (typeof each === "object" && each !== null) walk(each as object);
    }
    if (!Array.isArray(holder)) places.push([holder as Record<string, unknown>, name]);
  };
  walk(copy);
  const [holder, key] = places[choice % places.length] ?? [copy as Record<string, unknown>, name];
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

describe("a request", () => {
  it("of a supported kind becomes a Converse request whose roles alternate", () => {
    fc.assert(
      fc.property(request, (body) => {
        const { messages } = requestOf(translationOf(body));
        expect(messages.length).toBeGreaterThan(0);
        expect(messages.filter(({ content }) => content.length === 0)).toEqual([]);
        const roles = messages.map(({ role }) => role);
        expect(roles).toEqual(roles.map((_, i) => (i % 2 === 0 ? "user" : "assistant")));
      }),
    );
  });

  it("with any part corrupted is served, or refused by the name of a field", () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.string(), jsonValues(), (body, choice, name, value) => {
        expect(outcomeOf(spoiled(body, choice, name, value))).toMatch(/^(served|400 \w+ at .*)$/s);
      }),
      { numRuns: 1_000 },
    );
  });

  it("of arbitrary JSON is refused by a code", () => {
    fc.assert(
      fc.property(jsonValues(), (body) => {
        expect(outcomeOf(body)).toMatch(/^400 /);
      }),
    );
  });
});

function outcomeOf(body: unknown): string {
  try {
    requestOf(readResponses(inboundOf(body)).translate(CLAUDE));
    return "served";
  } catch (error) {
    if (!(error instanceof SignetError)) return String(error);
    return `${error.status} ${error.code}${error.param === undefined ? "" : ` at ${error.param}`}`;
  }
}
