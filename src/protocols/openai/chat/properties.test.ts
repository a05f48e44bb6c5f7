/** Properties of every request and every answer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { converseAnswer, fate, spoilt, wrongValue } from "../../../../test/support/converse-answers.ts";
import type { ConverseResponse, Message } from "../../../bedrock/converse.ts";
import { modelOfId } from "../../../bedrock/model.ts";
import { eventsOf, fed, inboundOf, openedBy, renderedBy, requestOf } from "../../fixtures.ts";
import type { Translation } from "../../translation.ts";
import { readChat } from "./read.ts";

const SONNET = modelOfId("us.anthropic.claude-sonnet-4-20250514-v1:0");
const QUESTION = { role: "user", content: "Hi" };
const ASKED = {
  model: "m",
  messages: [QUESTION],
  tools: [{ type: "function", function: { name: "f" } }],
};

interface ToolCall {
  index?: number;
  id?: string;
  function: { name?: string; arguments: string };
}

interface Said {
  content?: string | null;
  reasoning_content?: string;
  reasoning_details?: object[];
  tool_calls?: ToolCall[];
}

interface Completion {
  choices: { message: Said; delta: Said; finish_reason: string | null }[];
  usage?: object | null;
}

function translated(fields: object = {}): Translation {
  return readChat(inboundOf({ ...ASKED, ...fields })).translate(SONNET);
}

function whole(answer: ConverseResponse): Completion {
  return JSON.parse(renderedBy(translated(), answer)) as Completion;
}

function chunks(answer: ConverseResponse): Completion[] {
  const stream = openedBy(translated({ stream: true, stream_options: { include_usage: true } }));
  const text = fed(stream, eventsOf(answer)) + (stream.end() ?? "INCOMPLETE");
  const data = text.split("\n\n").filter((each) => each !== "");
  expect(data.at(-1)).toBe("data: [DONE]");
  return data.slice(0, -1).map((each) => JSON.parse(each.replace(/^data: /, "")) as Completion);
}

/** What a client has once the stream has ended. */
function accumulated(pieces: Completion[]): { said: Said; finish: string | null; usage: object } {
  const said: Said = {};
  let finish: string | null = null;
  for (const { choices } of pieces) {
    const [choice] = choices;
    if (!choice) continue;
    const { delta } = choice;
    finish = choice.finish_reason ?? finish;
    if (delta.content) said.content = (said.content ?? "") + delta.content;
    if (delta.reasoning_content)
      said.reasoning_content = (said.reasoning_content ?? "") + delta.reasoning_content;
    if (delta.reasoning_details) said.reasoning_details = delta.reasoning_details;
    for (const { index = 0, id, function: called } of delta.tool_calls ?? []) {
      said.tool_calls ??= [];
      const call = (said.tool_calls[index] ??= { function: { arguments: "" } });
      if (id !== undefined) call.id = id;
      if (called.name !== undefined) call.function.name = called.name;
      call.function.arguments += called.arguments;
    }
  }
  return { said, finish, usage: pieces.at(-1)?.usage ?? {} };
}

function comparable({ content, reasoning_content, reasoning_details, tool_calls }: Said): object {
  return {
    content: content ?? "",
    reasoning: reasoning_content ?? "",
    reasoning_details: reasoning_details ?? [],
    calls: (tool_calls ?? []).map(({ id, function: called }) => [id, called.name, called.arguments]),
  };
}

describe("an answer", () => {
  it("is the same streamed and whole: content, calls, reasoning, reason, usage", () => {
    fc.assert(
      fc.property(converseAnswer, (answer) => {
        const expected = whole(answer);
        const { said, finish, usage } = accumulated(chunks(answer));
        expect(comparable(said)).toEqual(comparable(expected.choices[0]!.message));
        expect([finish, usage]).toEqual([expected.choices[0]!.finish_reason, expected.usage]);
      }),
    );
  });

  it("that is sent back returns the model's reasoning and calls unchanged", () => {
    fc.assert(
      fc.property(converseAnswer, (answer) => {
        const { message } = whole(answer).choices[0]!;
        const request = requestOf(translated({ messages: [QUESTION, message] }));
        const back = request.messages.filter(({ role }) => role === "assistant");
        expect(sorted(back)).toEqual(sorted([answer.output.message as Message]));
      }),
    );
  });

  it("that is truncated has no end", () => {
    fc.assert(
      fc.property(converseAnswer, fc.nat(), (answer, cut) => {
        const events = eventsOf(answer);
        const stream = openedBy(translated({ stream: true }));
        fed(stream, events.slice(0, cut % events.length));
        expect(stream.end()).toBeUndefined();
      }),
    );
  });
});

/** Reasoning, text and calls each in their order: a chat message separates them. Blank texts are left out. */
function sorted(messages: readonly Message[]): object {
  const blocks = messages.flatMap(({ content }) => content);
  const texts = blocks.flatMap((block) => ("text" in block ? [block.text] : [])).join("");
  return {
    reasoning: blocks.filter((block) => "reasoningContent" in block),
    text: texts.trim() === "" ? "" : texts,
    calls: blocks.filter((block) => "toolUse" in block),
  };
}

const RICH = {
  model: "m",
  messages: [
    { role: "developer", content: "Be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit", ttl: "30m" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
      ],
    },
    {
      role: "assistant",
      content: "one",
      reasoning_details: [{ type: "reasoning.text", text: "hm", signature: "c2ln" }],
      tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
    },
    { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "done" }] },
  ],
  tools: [
    {
      type: "function",
      function: { name: "f", description: "d", parameters: { type: "object" }, strict: true },
    },
  ],
  tool_choice: { type: "function", function: { name: "f" } },
  response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } },
  reasoning_effort: "high",
  stream: true,
  stream_options: { include_usage: true },
  stop: ["x"],
  max_completion_tokens: 9000,
  service_tier: "flex",
  prompt_cache_options: { mode: "explicit", ttl: "30m" },
};

describe("a request", () => {
  it("with any part corrupted is served, or refused by the path of a field", () => {
    fc.assert(
      fc.property(fc.nat(), wrongValue, (seed, value) => {
        const read = () => readChat(inboundOf(spoilt(RICH, seed, value))).translate(SONNET);
        expect(fate(read)).toBeOneOf(["served", "refused by name"]);
      }),
      { numRuns: 2000 },
    );
  });

  it("of a supported kind is served", () => {
    expect(() => readChat(inboundOf(RICH)).translate(SONNET)).not.toThrow();
  });
});
