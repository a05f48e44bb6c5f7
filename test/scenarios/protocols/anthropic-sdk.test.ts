/** Anthropic's own SDK against the gateway: Claude through InvokeModel, other vendors' models through Converse. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newWorld, type World } from "../../support/world.ts";

const NOVA = "amazon.nova-lite-v1:0";
const SONNET = "us.anthropic.claude-sonnet-4-20250514-v1:0";

let world: World;
let client: Anthropic;

beforeAll(async () => {
  world = await newWorld();
  client = new Anthropic({ baseURL: world.gateway.url, apiKey: world.token, maxRetries: 0 });
});
afterAll(() => world.close());

const user = (content: string) => [{ role: "user" as const, content }];
const lastOperation = () => world.sandbox.calls().findLast(({ service }) => service === "bedrock")?.operation;

describe.each([
  [SONNET, "InvokeModel", "InvokeModelWithResponseStream"],
  [NOVA, "Converse", "ConverseStream"],
])("%s", (model, whole, streamed) => {
  it("answers, and a stream has the same content", async () => {
    const body = { model, max_tokens: 100, messages: user("Hello [[reasoning]] [[cache:7,5]] there") };
    const message = await client.messages.create(body);
    expect(lastOperation()).toBe(whole);
    expect(message).toMatchObject({ type: "message", role: "assistant", model, stop_reason: "end_turn" });
    expect(message.usage).toMatchObject({ cache_read_input_tokens: 7, cache_creation_input_tokens: 5 });
    const final = await client.messages.stream(body).finalMessage();
    expect(lastOperation()).toBe(streamed);
    expect(final.content).toEqual(message.content);
    // The SDK takes cache_creation from a stream's first event, at which Converse hasn't counted yet.
    const { cache_creation: _, ...counts } = message.usage;
    expect(final.usage).toMatchObject(counts);
    expect((await world.ended(2)).at(-1)?.usage).toMatchObject({
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
      cacheReadInputTokens: 7,
      cacheWriteInputTokens: 5,
    });
  });

  it("returns reasoning with its signature, and makes two parallel tool calls", async () => {
    const messages: Anthropic.MessageParam[] = user(
      '[[reasoning:redacted]] [[tool:weather {"city":"Rome"}]] [[tool:weather {"city":"Oslo"}]]',
    );
    const tools = [{ name: "weather", input_schema: { type: "object" as const, properties: {} } }];
    const body = { model, max_tokens: 2000, tools };
    const asked = await client.messages.stream({ ...body, messages }).finalMessage();
    const calls = asked.content.filter((block) => block.type === "tool_use");
    expect(calls.map(({ input }) => input)).toEqual([{ city: "Rome" }, { city: "Oslo" }]);
    expect(asked.content.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["thinking", "redacted_thinking"]),
    );
    const results = calls.map(({ id, input }) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: `sunny in ${(input as { city: string }).city}`,
    }));
    const answer = await client.messages.create({
      ...body,
      messages: [
        ...messages,
        { role: "assistant", content: asked.content },
        { role: "user", content: results },
      ],
    });
    expect(answer.content).toMatchObject([{ text: "The tools answered: sunny in Rome; sunny in Oslo" }]);
  });

  it("reports a stream that fails or is cut off as an error", async () => {
    const stream = (prompt: string) =>
      client.messages.stream({ model, max_tokens: 100, messages: user(prompt) }).finalMessage();
    await expect(
      stream("[[fail-mid-stream:throttlingException]] one two three four five"),
    ).rejects.toMatchObject({
      error: { error: { type: "rate_limit_error" } },
    });
    await expect(stream("[[cut]] one two three four five")).rejects.toThrow();
    await expect(stream("[[bad-crc]] one two three four five")).rejects.toThrow();
    await expect(stream("[[throttle]]")).rejects.toBeInstanceOf(Anthropic.RateLimitError);
    await expect(stream("[[first-frame-error:throttlingException]]")).rejects.toBeInstanceOf(
      Anthropic.RateLimitError,
    );
  });
});

describe("besides messages", () => {
  it("tokens are counted", async () => {
    const { input_tokens } = await client.messages.countTokens({ model: SONNET, messages: user("12345678") });
    expect(input_tokens).toBe(2);
  });

  it("models are listed in Anthropic's form, page by page", async () => {
    const ids = (await Array.fromAsync(client.models.list({ limit: 5 }))).map(({ id }) => id);
    expect(ids).toContain(SONNET);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await client.models.retrieve(SONNET)).toMatchObject({ type: "model", id: SONNET });
  });

  it("errors are the SDK's own classes", async () => {
    const other = new Anthropic({ baseURL: `${world.gateway.url}/anthropic`, apiKey: "no", maxRetries: 0 });
    const body = { model: SONNET, max_tokens: 10, messages: user("hi") };
    await expect(other.messages.create(body)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    await expect(client.messages.create({ ...body, model: "claude-9" })).rejects.toBeInstanceOf(
      Anthropic.NotFoundError,
    );
    await expect(client.messages.create({ ...body, max_tokens: 0 })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
  });

  it("Claude Code's HEAD /api/hello is answered without a key", async () => {
    expect((await fetch(`${world.gateway.url}/api/hello`, { method: "HEAD" })).status).toBe(200);
  });
});
