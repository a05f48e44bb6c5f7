/** OpenAI's own SDK against the gateway: what an application sees that only changes its base URL and key. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { HAIKU, newWorld, until, type World } from "../../support/world.ts";

const NOVA = "amazon.nova-lite-v1:0";
const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";

let world: World;
let client: OpenAI;

beforeAll(async () => {
  world = await newWorld();
  client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: world.token, maxRetries: 0 });
});
afterAll(() => world.close());

const user = (content: string) => [{ role: "user" as const, content }];

describe("chat completions", () => {
  it.each([HAIKU, NOVA, "openai.gpt-oss-20b-1:0"])("%s answers", async (model) => {
    const answer = await client.chat.completions.create({ model, messages: user("Hello there") });
    expect(answer).toMatchObject({ object: "chat.completion", model, choices: [{ finish_reason: "stop" }] });
    expect(answer.choices[0]?.message.content).toBe("You said: Hello there");
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 });
  });

  it("a stream has the same content as a whole answer, including usage", async () => {
    const body = { model: HAIKU, messages: user("one two three [[cache:7,5]]") };
    const whole = await client.chat.completions.create(body);
    const stream = await client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      whole.choices[0]?.message.content,
    );
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
    expect(whole.usage?.prompt_tokens_details).toMatchObject({ cached_tokens: 7, cache_write_tokens: 5 });
    const [call] = (await world.calls()).toReversed();
    expect(call?.usage).toMatchObject({ cacheReadInputTokens: 7, cacheWriteInputTokens: 5 });
  });

  it("two parallel tool calls make a round trip", async () => {
    const asked: string[] = [];
    const weather = (city: string) => ({
      type: "function" as const,
      function: {
        name: `weather_in_${city}`,
        description: "the weather of a day",
        parse: (text: string) => JSON.parse(text) as { day: string },
        parameters: { type: "object", properties: { day: { type: "string" } } },
        function: ({ day }: { day: string }) => {
          asked.push(`${city} ${day}`);
          return `sunny in ${city}`;
        },
      },
    });
    const runner = client.chat.completions.runTools({
      model: HAIKU,
      messages: user(
        '[[tool:weather_in_Rome {"day":"Mon"}]] [[tool:weather_in_Oslo {"day":"Tue"}]] weather?',
      ),
      tools: [weather("Rome"), weather("Oslo")],
    });
    expect(await runner.finalContent()).toBe("The tools answered: sunny in Rome; sunny in Oslo");
    expect(asked).toEqual(["Rome Mon", "Oslo Tue"]);
  });

  it("structured output is parsed by the SDK", async () => {
    const schema = z.object({ answer: z.string(), sure: z.boolean() });
    const answer = await client.chat.completions.parse({
      model: SONNET,
      messages: user("yes"),
      response_format: zodResponseFormat(schema, "verdict"),
    });
    expect(answer.choices[0]?.message.parsed).toEqual({ answer: "yes", sure: true });
  });
});

describe("content of other kinds", () => {
  const PNG =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==";
  const PDF = Buffer.from("%PDF-1.4 a small one").toString("base64");

  it("an image and a PDF arrive complete", async () => {
    const answer = await client.chat.completions.create({
      model: SONNET,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "[[images]]" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
            { type: "file", file: { filename: "a b.pdf", file_data: `data:application/pdf;base64,${PDF}` } },
          ],
        },
      ],
    });
    const [image, pdf] = [PNG, PDF].map((data) => Buffer.from(data, "base64").length);
    expect(answer.choices[0]?.message.content).toContain(`1 image (png, ${image} bytes)`);
    expect(answer.choices[0]?.message.content).toContain(`1 document (pdf, ${pdf} bytes)`);
  });

  it("reasoning is returned with its signature, redacted blocks too", async () => {
    const first = { role: "user" as const, content: "[[reasoning:redacted]] [[tool:now]]" };
    const tools = [{ type: "function" as const, function: { name: "now" } }];
    for (const stream of [false, true]) {
      const asked = stream
        ? await client.chat.completions
            .stream({ model: SONNET, messages: [first], tools })
            .finalChatCompletion()
        : await client.chat.completions.create({ model: SONNET, messages: [first], tools });
      const { message } = asked.choices[0]!;
      const result = { role: "tool" as const, tool_call_id: message.tool_calls![0]!.id, content: "noon" };
      // The sandbox refuses reasoning that doesn't come back exactly as the model gave it.
      const answer = await client.chat.completions.create({
        model: SONNET,
        messages: [first, message, result],
        tools,
      });
      expect(answer.choices[0]?.message.content).toBe("The tools answered: noon");
    }
  });
});

describe("the responses API", () => {
  it("answers, streams the same, and makes two parallel tool calls", async () => {
    const whole = await client.responses.create({ model: SONNET, input: "Hello there [[cache:7,5]]" });
    expect(whole.output_text).toBe("You said: Hello there");
    const stream = client.responses.stream({ model: SONNET, input: "Hello there [[cache:7,5]]" });
    const final = await stream.finalResponse();
    expect([final.output_text, final.usage]).toEqual([whole.output_text, whole.usage]);

    const tools = [
      { type: "function" as const, name: "weather", parameters: { type: "object" }, strict: false },
    ];
    const question = '[[reasoning]] [[tool:weather {"city":"Rome"}]] [[tool:weather {"city":"Oslo"}]]';
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: question }];
    const asked = await client.responses.create({ model: SONNET, input, tools });
    const calls = asked.output.filter((item) => item.type === "function_call");
    const outputs = calls.map(({ call_id, arguments: text }) => ({
      type: "function_call_output" as const,
      call_id,
      output: `sunny in ${(JSON.parse(text) as { city: string }).city}`,
    }));
    const answer = await client.responses.create({
      model: SONNET,
      tools,
      input: [...input, ...asked.output, ...outputs] as OpenAI.Responses.ResponseInput,
    });
    expect(answer.output_text).toBe("The tools answered: sunny in Rome; sunny in Oslo");
  });
});

describe("an error", () => {
  const ask = (content: string, model = SONNET) =>
    client.chat.completions.create({ model, messages: user(content) });

  it("is of the SDK's own classes, with codes that applications check", async () => {
    const stranger = new OpenAI({ baseURL: `${world.gateway.url}/openai/v1`, apiKey: "no", maxRetries: 0 });
    const body = { model: SONNET, messages: user("hi") };
    await expect(stranger.chat.completions.create(body)).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
      requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await expect(ask("hi", "gpt-4.1")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    await expect(ask("[[too-long]]")).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
    await expect(ask("[[throttle]]")).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(ask("[[error:424]]")).rejects.toMatchObject({ status: 502 });
    await expect(client.chat.completions.create({ ...body, temperature: 1.5 })).rejects.toMatchObject({
      status: 400,
      param: "temperature",
    });
    await expect(client.chat.completions.create({ ...body, stop: "" })).rejects.toMatchObject({
      status: 400,
      param: "stop",
    });
    await expect(client.chat.completions.create({ ...body, n: 2 })).rejects.toMatchObject({
      param: "n",
      code: "unsupported_parameter",
    });
  });

  it("in the middle of a stream is raised, never a short success", async () => {
    const stream = async (content: string) =>
      Array.fromAsync(
        await client.chat.completions.create({ model: SONNET, messages: user(content), stream: true }),
      );
    await expect(stream("[[fail-mid-stream:throttlingException]] one two three four")).rejects.toMatchObject({
      type: "rate_limit_error",
    });
    await expect(stream("[[cut]] one two three four")).rejects.toThrow();
    await expect(stream("[[bad-crc]] one two three four")).rejects.toThrow();
    await expect(stream("[[stop:malformed_model_output]] one two")).rejects.toThrow();
    const kept = (await world.ended(4)).slice(-4).map(({ outcome }) => outcome);
    expect(kept).toEqual(["throttled", "truncated", "truncated", "upstream_error"]);
  });

  it("is not a caller's disconnect: that is recorded as client_gone", async () => {
    const stream = await client.chat.completions.create({
      model: SONNET,
      messages: user("[[slow:20]] one two three four five six seven eight nine ten"),
      stream: true,
    });
    await stream[Symbol.asyncIterator]().next();
    stream.controller.abort();
    const before = (await world.calls()).length;
    const last = await until(async () => {
      const call = (await world.calls())[before - 1];
      return call?.outcome === "running" ? undefined : call;
    });
    expect(last).toMatchObject({ outcome: "client_gone", usage: { source: "reported" } });
  });
});

describe("embeddings", () => {
  it.each(["amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3", "cohere.embed-v4:0"])(
    "%s embeds a batch, base64 and float alike",
    async (model) => {
      const input = ["one", "two", "three"];
      const packed = await client.embeddings.create({ model, input });
      const plain = await client.embeddings.create({ model, input, encoding_format: "float" });
      expect(packed.data.map(({ index }) => index)).toEqual([0, 1, 2]);
      for (const [i, { embedding }] of packed.data.entries()) {
        expect([...embedding]).toEqual([...new Float32Array(plain.data[i]?.embedding ?? [])]);
      }
      expect(packed.usage.prompt_tokens).toBeGreaterThan(0);
    },
  );
});

describe("models", () => {
  it("are those that Bedrock lists and the key may use", async () => {
    const ids = (await Array.fromAsync(client.models.list())).map(({ id }) => id);
    expect(ids).toContain(HAIKU);
    expect((await client.models.retrieve(HAIKU)).id).toBe(HAIKU);
  });

  it("are the catalogue's under a pattern, if the key may not list Bedrock's, and have their vendor's names", async () => {
    const operations = ["Converse" as const, "ConverseStream" as const];
    const grants = [{ operations, models: ["us.anthropic.*"], regions: ["us-east-1"], settings: [] }];
    const narrow = await newWorld({ grants });
    try {
      const baseURL = `${narrow.gateway.url}/v1`;
      const own = new OpenAI({ baseURL, apiKey: narrow.token, maxRetries: 0 });
      const ids = (await Array.fromAsync(own.models.list())).map(({ id }) => id);
      expect(ids).toContain("us.anthropic.claude-haiku-4-5-20251001-v1:0");
      expect(ids.filter((id) => !id.startsWith("us.anthropic."))).toEqual([]);
      // Listed in the catalogue, with an end of life in October 2026.
      expect(ids).not.toContain("us.anthropic.claude-sonnet-4-20250514-v1:0");
      const answer = await own.chat.completions.create({
        model: "claude-haiku-4-5",
        messages: user("Hello"),
      });
      expect(answer.choices[0]?.message.content).toBe("You said: Hello");
    } finally {
      await narrow.close();
    }
  });
});
