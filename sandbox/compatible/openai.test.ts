/** OpenAI's APIs on bedrock-runtime, with OpenAI's own SDK as client. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { allow, collect, sendRaw, sessionWith, signedRequest, signingFetch } from "../testing.ts";
import type { Keys } from "../testing.ts";

const MODEL = "openai.gpt-oss-20b-1:0";
const CHAT = "/openai/v1/chat/completions";
const TOOL = { name: "weather", description: "", parameters: { type: "object", properties: {} } };

let sandbox: Sandbox;
let keys: Keys;
let client: OpenAI;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
  client = clientWith(keys);
});
afterAll(() => sandbox.close());

function clientWith(credentials: Keys): OpenAI {
  const baseURL = `${sandbox.url}/openai/v1`;
  return new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0, fetch: signingFetch(credentials) });
}

type ChatExtra = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;
const user = (content: string) => [{ role: "user" as const, content }];

async function chat(content: string, extra: ChatExtra = {}): Promise<OpenAI.ChatCompletion> {
  return client.chat.completions.create({ model: MODEL, messages: user(content), ...extra });
}

async function chatStream(content: string, extra: object = {}): Promise<OpenAI.ChatCompletionChunk[]> {
  const messages = user(content);
  return collect(await client.chat.completions.create({ model: MODEL, messages, stream: true, ...extra }));
}

async function respond(input: OpenAI.Responses.ResponseInput | string, extra: object = {}) {
  return client.responses.create({ model: MODEL, input, ...extra });
}

async function responseEvents(input: string, extra: object = {}) {
  return collect(await client.responses.create({ model: MODEL, input, stream: true, ...extra }));
}

async function raw(path: string, body: object) {
  return sendRaw(sandbox, await signedRequest(sandbox, keys, { path, body: JSON.stringify(body) }));
}

describe("Chat Completions", () => {
  it("answers, and records the operation and the body's model", async () => {
    const answer = await chat("hello there");
    expect(answer).toMatchObject({ object: "chat.completion", model: MODEL });
    expect(answer.choices).toMatchObject([
      { message: { role: "assistant", content: "You said: hello there" }, finish_reason: "stop" },
    ]);
    expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 });
    expect(sandbox.calls().at(-1)).toMatchObject({
      service: "bedrock",
      operation: "ChatCompletions",
      modelId: MODEL,
      status: 200,
    });
  });

  it("streams chunks that end in [DONE], with usage if requested", async () => {
    const chunks = await chatStream("one two", { stream_options: { include_usage: true } });
    expect(chunks.map((each) => each.choices[0]?.delta.content ?? "").join("")).toBe("You said: one two");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
    expect((await chatStream("one")).every((each) => each.usage === undefined)).toBe(true);
    const { body, headers } = await raw(CHAT, { model: MODEL, messages: user("a"), stream: true });
    expect(headers["content-type"]).toContain("text/event-stream");
    expect(body.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("calls tools in parallel, whole and in pieces, and answers from their results", async () => {
    const tools = ["weather", "time"].map((name) => ({
      type: "function" as const,
      function: { ...TOOL, name },
    }));
    const prompt = '[[tool:weather {"city":"Rome"}]] and [[tool:time {}]]';
    const [choice] = (await chat(prompt, { tools })).choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    const calls = choice!.message.tool_calls!;
    expect(calls.map((call) => call.type === "function" && call.function)).toEqual([
      { name: "weather", arguments: '{"city":"Rome"}' },
      { name: "time", arguments: "{}" },
    ]);
    const deltas = (await chatStream(prompt, { tools })).flatMap(
      (each) => each.choices[0]?.delta.tool_calls ?? [],
    );
    const pieces = deltas.filter(({ index }) => index === 0).map((each) => each.function?.arguments);
    expect(pieces.join("")).toBe('{"city":"Rome"}');
    const results = calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "fine" }));
    const messages = [...user(prompt), choice!.message, ...results];
    expect((await chat("", { messages, tools })).choices[0]?.message.content).toBe(
      "The tools answered: fine; fine",
    );
    const orphan = [...user("a"), { role: "tool" as const, tool_call_id: "x", content: "b" }];
    await expect(chat("", { messages: orphan })).rejects.toThrow(
      "must be a response to a preceeding message",
    );
  });

  it("reasons if the request has an effort, and answers by a schema", async () => {
    const reasoned = await chat("hi", { reasoning_effort: "low" });
    expect(reasoned.choices[0]?.message.content).toMatch(/^<reasoning>.+<\/reasoning>You said: hi$/);
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const format = { type: "json_schema" as const, json_schema: { name: "a", schema } };
    const { choices } = await chat("Rome", { response_format: format });
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({ city: "Rome" });
  });

  it.each([
    ["max_tokens", "length"],
    ["content_filtered", "content_filter"],
    ["end_turn", "stop"],
  ])("ends with %s as %s", async (reason, finish) => {
    expect((await chat(`[[stop:${reason}]]`)).choices[0]?.finish_reason).toBe(finish);
  });

  it("shows the whole request", async () => {
    const { choices } = await chat("[[request]]", { seed: 7, temperature: 1.5, max_tokens: 1 });
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({
      model: MODEL,
      messages: user("[[request]]"),
      seed: 7,
      temperature: 1.5,
      max_tokens: 1,
    });
  });

  it.each<[string, object, string]>([
    ["an unknown field", { thinking: {} }, "unknown variant `thinking`"],
    [
      "an image",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:" } }] }] },
      "messages.0.content",
    ],
    ["two choices", { n: 2 }, "'n'"],
  ])("refuses %s in OpenAI's shape", async (_, extra, message) => {
    await expect(chat("a", extra as ChatExtra)).rejects.toMatchObject({
      status: 400,
      type: "invalid_request_error",
      code: "validation_error",
      message: expect.stringContaining(message),
    });
  });

  it("refuses models that aren't OpenAI's, and names that aren't models", async () => {
    await expect(chat("a", { model: "amazon.nova-micro-v1:0" })).rejects.toThrow("doesn't support");
    await expect(chat("a", { model: "openai.gpt-oss-20b" })).rejects.toThrow("identifier is invalid");
  });
});

describe("Responses", () => {
  it("answers with items and usage", async () => {
    const answer = await respond("hello", { instructions: "Be brief." });
    expect(answer).toMatchObject({ object: "response", status: "completed", instructions: "Be brief." });
    expect(answer.output_text).toBe("You said: hello");
    expect(answer.usage).toMatchObject({ input_tokens: 4, output_tokens: 4, total_tokens: 8 });
    expect((await respond("[[system]]", { instructions: "Be brief." })).output_text).toBe("Be brief.");
    expect(await respond("long text", { max_output_tokens: 1 })).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
  });

  it("streams typed events in OpenAI's order", async () => {
    const events = await responseEvents("one", { reasoning: { effort: "low" } });
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, i) => i));
    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.reasoning_text.delta",
      "response.reasoning_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.output_text.delta",
      "response.output_text.done",
      "response.completed",
    ]);
    const deltas = events.map((event) => (event.type === "response.output_text.delta" ? event.delta : ""));
    expect(deltas.join("")).toBe("You said: one");
  });

  it("calls a function and answers from its output", async () => {
    const tools = [{ type: "function", ...TOOL, strict: false }];
    const events = await responseEvents('[[tool:weather {"city":"Rome"}]]', { tools });
    const done = events.find((event) => event.type === "response.function_call_arguments.done");
    expect(done).toMatchObject({ arguments: '{"city":"Rome"}' });
    const first = await respond('[[tool:weather {"city":"Rome"}]]', { tools });
    const call = first.output.find((item) => item.type === "function_call")!;
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "sunny" };
    expect((await respond([...first.output, output] as never, { tools })).output_text).toBe(
      "The tools answered: sunny",
    );
    await expect(respond([output])).rejects.toThrow("No tool call found");
  });

  it("refuses unknown fields, and continuing from a response, as none is stored", async () => {
    await expect(respond("a", { seed: 1 })).rejects.toThrow("Unknown parameter: 'seed'.");
    await expect(respond("a", { previous_response_id: "resp_1" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("a failure", () => {
  it.each([
    ["[[throttle]]", 429, "rate_limit_error"],
    ["[[error:503]]", 503, "server_error"],
    ["[[error:500]]", 500, "server_error"],
    ["[[not-subscribed]]", 403, "permission_error"],
    ["[[too-long]]", 400, "invalid_request_error"],
  ])("%s answers %i", async (marker, status, type) => {
    await expect(chat(marker)).rejects.toMatchObject({ status, type });
    await expect(chatStream(marker)).rejects.toMatchObject({ status, type });
    await expect(respond(marker)).rejects.toMatchObject({ status, type });
  });

  it("in the middle of a stream is an error event, and never followed by [DONE]", async () => {
    const prompt = "[[fail-mid-stream:throttlingException]] a b c d";
    await expect(chatStream(prompt)).rejects.toThrow("failed on the way");
    const failed = await raw(CHAT, { model: MODEL, messages: user(prompt), stream: true });
    expect(failed.body).toContain('"code":"rate_limit_exceeded"');
    expect(failed.body).not.toContain("[DONE]");
    const events = await raw("/openai/v1/responses", { model: MODEL, input: prompt, stream: true });
    expect(events.body).toContain("event: error\n");
    expect(events.body).not.toContain("response.completed");
  });

  it("by [[cut]] breaks the connection within an event", async () => {
    await expect(chatStream("[[cut]] a b c d")).rejects.toBeInstanceOf(Error);
    await expect(chat("[[cut]]")).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });

  it("of authorization is IAM's denial, for the body's model", async () => {
    const resource = `arn:aws:bedrock:*::foundation-model/${MODEL}`;
    const narrow = clientWith(sessionWith(sandbox, allow("bedrock:InvokeModel", resource), "narrow"));
    const call = (model: string, stream: boolean) =>
      narrow.chat.completions.create({ model, messages: user("a"), stream });
    await expect(call(MODEL, false)).resolves.toBeDefined();
    await expect(call(MODEL, true)).rejects.toThrow("bedrock:InvokeModelWithResponseStream");
    await expect(call("openai.gpt-oss-120b-1:0", false)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("is not authorized to perform: bedrock:InvokeModel"),
    });
    await expect(narrow.models.list()).rejects.toThrow("bedrock:ListFoundationModels");
  });
});

it("lists OpenAI's models", async () => {
  const ids = (await collect(client.models.list())).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([MODEL, "openai.gpt-oss-120b-1:0"]));
  expect(ids.filter((id) => !id.startsWith("openai."))).toEqual([]);
});
