/** OpenAI's own SDK against the gateway: what an application that changes a base URL and a key meets. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { HAIKU, newWorld, type World } from "../../support/world.ts";

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

  it("a stream carries the same as a whole answer, usage included", async () => {
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

  it("two parallel tool calls go round", async () => {
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
  it("lists what Bedrock lists and the key may use", async () => {
    const ids = (await Array.fromAsync(client.models.list())).map(({ id }) => id);
    expect(ids).toContain(HAIKU);
    expect((await client.models.retrieve(HAIKU)).id).toBe(HAIKU);
  });
});
