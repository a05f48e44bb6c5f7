/** Properties of every request and every answer that goes through Converse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  CitationsBlock,
  ContentBlock,
  ConverseResponse,
  JsonObject,
  StopReason,
} from "../../bedrock/converse.ts";
import { SignetError } from "../../core/errors.ts";
import { eventsOf, fed, openedBy, renderedBy, requestOf, sseOf } from "../fixtures.ts";
import { ASKED, SONNET, translationOf } from "./fixtures.ts";
import { jsonObjects, jsonValues } from "../../../test/support/json-values.ts";

/** As it comes over the wire: JSON has no -0. */
const jsonObject = jsonObjects().map((each) => JSON.parse(JSON.stringify(each)) as JsonObject);
const token = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const base64 = fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString("base64"));

const answerBlock: fc.Arbitrary<ContentBlock | CitationsBlock> = fc.oneof(
  fc.string().map((text) => ({ text })),
  fc
    .array(
      fc.string().map((text) => ({ text })),
      { maxLength: 3 },
    )
    .map((content) => ({ citationsContent: { content } })),
  fc
    .record({ text: fc.string(), signature: base64 }, { requiredKeys: ["text"] })
    .map((reasoningText) => ({ reasoningContent: { reasoningText } })),
  base64.map((redactedContent) => ({ reasoningContent: { redactedContent } })),
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
      cacheDetails: fc.array(fc.record({ ttl: fc.constantFrom("5m", "1h"), inputTokens: count }), {
        maxLength: 2,
      }),
    },
    { requiredKeys: ["inputTokens", "outputTokens", "totalTokens"] },
  ),
});

/** Requests that differ in the parts of the answer that they allow. */
const asked = fc.constantFrom<object>(
  ASKED,
  { ...ASKED, stop_sequences: ["END"] },
  {
    ...ASKED,
    tool_choice: { type: "none" },
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t" }] },
    ],
  },
);

interface Block {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  input?: unknown;
}

interface Message {
  content: Block[];
  usage: object;
}

interface Event {
  type: string;
  index: number;
  message: Message;
  content_block: Block;
  delta: { type?: string; text: string; thinking: string; signature: string; partial_json: string };
  usage: object;
}

function streamed(request: object, response: ConverseResponse, size: number): Event[] {
  const stream = openedBy(translationOf({ ...request, stream: true }));
  const text = fed(stream, eventsOf(response, size)) + (stream.end() ?? "");
  return sseOf(text).map(({ event, data }) => {
    expect(event).toBe(data["type"]);
    return data as unknown as Event;
  });
}

/** A client's result of a stream that follows Anthropic's rules: blocks by index, begun, filled and ended. */
function assembled([first, ...rest]: readonly Event[]): Message {
  const whole = structuredClone(first?.message) ?? broken("nothing came");
  const open = new Map<number, { block: Block; json: string }>();
  for (const { type, index, content_block, delta, usage } of rest) {
    switch (type) {
      case "content_block_start":
        if (index !== whole.content.length) broken("blocks are begun in order");
        open.set(index, { block: content_block, json: "" });
        whole.content.push(content_block);
        break;
      case "content_block_delta":
        fill(open.get(index) ?? broken("a delta outside of its block"), delta);
        break;
      case "content_block_stop": {
        const { block, json } = open.get(index) ?? broken("a block ended twice");
        if (json !== "") block.input = JSON.parse(json);
        open.delete(index);
        break;
      }
      case "message_delta":
        if (open.size > 0) broken("a block is open at the end");
        Object.assign(whole, delta);
        Object.assign(whole.usage, usage);
        break;
      default:
        if (type !== "message_stop") broken(`${type} is not an Anthropic event`);
    }
  }
  return whole;
}

function fill(held: { block: Block; json: string }, { type, ...delta }: Event["delta"]): void {
  const { block } = held;
  if (type === "text_delta") block.text += delta.text;
  else if (type === "thinking_delta") block.thinking += delta.thinking;
  else if (type === "signature_delta") block.signature = delta.signature;
  else held.json += delta.partial_json;
}

function broken(rule: string): never {
  throw new Error(rule);
}

const pieces = fc.integer({ min: 1, max: 30 });

describe("an answer", () => {
  it("is the same streamed and whole", () => {
    fc.assert(
      fc.property(asked, converseAnswer, pieces, (request, response, size) => {
        const events = streamed(request, response, size);
        expect(events.map(({ type }) => type).slice(-2)).toEqual(["message_delta", "message_stop"]);
        const whole = JSON.parse(renderedBy(translationOf(request), response)) as Message;
        expect(assembled(events)).toEqual(whole);
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
        expect(text).not.toMatch(/event: message_(delta|stop)/);
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
        const message = JSON.parse(renderedBy(translationOf(ASKED), response)) as Message;
        const again = translationOf({
          ...ASKED,
          messages: [...ASKED.messages, { role: "assistant", content: message.content }],
        });
        expect(requestOf(again).messages[1]?.content ?? []).toEqual(content.flatMap(returned));
      }),
    );
  });
});

/** A block as it must come back; an empty one is left out. */
function returned(block: ContentBlock | CitationsBlock): ContentBlock[] {
  if ("citationsContent" in block)
    return returned({ text: (block.citationsContent.content ?? []).map(({ text }) => text).join("") });
  if ("text" in block) return block.text.trim() === "" ? [] : [block];
  if (!("reasoningContent" in block) || "redactedContent" in block.reasoningContent) return [block];
  const { text, signature } = block.reasoningContent.reasoningText;
  return text === "" && signature === undefined ? [] : [block];
}

const marked = fc.constantFrom({}, { cache_control: { type: "ephemeral", ttl: "1h" } });
const text = fc.tuple(fc.string(), marked).map(([words, mark]) => ({ type: "text", text: words, ...mark }));
const image = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" };
const media = fc.oneof(
  text,
  marked.map((mark) => ({ type: "image", source: image, ...mark })),
  fc.record({
    type: fc.constant("document"),
    title: fc.option(fc.string()),
    context: fc.option(fc.string()),
    source: fc.constantFrom(
      { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
      { type: "text", media_type: "text/plain", data: "words" },
      { type: "content", content: [{ type: "text", text: "words", cache_control: { type: "ephemeral" } }] },
    ),
  }),
);
const said = fc.oneof(
  media,
  fc.record({
    type: fc.constant("tool_result"),
    tool_use_id: fc.string({ minLength: 1 }),
    is_error: fc.boolean(),
    content: fc.oneof(fc.string(), fc.array(media, { maxLength: 2 })),
  }),
);
const answered = fc.oneof(
  text,
  fc.record({
    type: fc.constant("tool_use"),
    id: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    input: jsonObject,
  }),
  fc.record({ type: fc.constant("thinking"), thinking: fc.string(), signature: fc.string() }),
  fc.record({ type: fc.constant("redacted_thinking"), data: base64 }),
);
const message = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.string() }),
  fc.record({ role: fc.constant("user"), content: fc.array(said, { maxLength: 3 }) }),
  fc.record({ role: fc.constant("assistant"), content: fc.array(answered, { maxLength: 3 }) }),
);

const request = fc.record(
  {
    model: fc.constant("m"),
    max_tokens: fc.integer({ min: 2_000, max: 64_000 }),
    messages: fc
      .array(message, { maxLength: 8 })
      .map((messages): object[] => [...ASKED.messages, ...messages]),
    system: fc.oneof(fc.string(), fc.array(text, { maxLength: 2 })),
    stop_sequences: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }),
    top_p: fc.double({ min: 0, max: 1, noNaN: true }),
    stream: fc.boolean(),
    tools: fc
      .uniqueArray(token, { minLength: 1, maxLength: 3 })
      .map((names) => names.map((name) => ({ name, input_schema: { type: "object" }, strict: true }))),
    tool_choice: fc.constantFrom({ type: "auto" }, { type: "none" }),
    thinking: fc.constantFrom(
      { type: "disabled" },
      { type: "adaptive" },
      { type: "enabled", budget_tokens: 1_024 },
    ),
    output_config: fc.constantFrom({}, { format: { type: "json_schema", schema: { type: "object" } } }),
    cache_control: fc.constantFrom({ type: "ephemeral" }, null),
    metadata: fc.constant({ user_id: "u" }),
  },
  { requiredKeys: ["model", "max_tokens", "messages"] },
);

/** `json` with the value at one place, chosen by `choice`, replaced by `value`, or with a field added there. */
function spoiled(json: object, choice: number, name: string, value: unknown): unknown {
  const copy = structuredClone(json);
  const places: [holder: object, key: string][] = [];
  const walk = (holder: object): void => {
    for (const [key, each] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof each === "object" && each !== null) walk(each as object);
    }
    if (!Array.isArray(holder)) places.push([holder, name]);
  };
  walk(copy);
  const [holder, key] = places[choice % places.length] ?? [copy, name];
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

function outcomeOf(body: unknown): string {
  try {
    requestOf(translationOf(body));
    requestOf(translationOf(body, SONNET));
    return "served";
  } catch (error) {
    if (!(error instanceof SignetError)) return String(error);
    return `${error.status} ${error.code}${error.param === undefined ? "" : ` at ${error.param}`}`;
  }
}

describe("a request", () => {
  it("of a supported kind becomes a Converse request whose roles alternate", () => {
    fc.assert(
      fc.property(request, (body) => {
        const { messages } = requestOf(translationOf(body));
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
