/** Models that AWS itself serves in the caller's protocol: passed on, signed for the right service, never translated. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_ROLE } from "../../../src/core/delegation.ts";
import { rolePolicy } from "../../../src/iam/role-policy.ts";
import { newWorld, type World } from "../../support/world.ts";

let world: World;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  world = await newWorld({
    delegation: {
      role: { ...DEFAULT_ROLE, bedrockMantle: true },
      aliases: [
        { name: "gpt-oss", model: "openai.gpt-oss-20b-1:0", upstream: "bedrock-runtime" },
        {
          name: "sonnet",
          model: "us.anthropic.claude-sonnet-4-20250514-v1:0",
          upstream: "bedrock-runtime",
        },
        { name: "mantle", model: "openai.gpt-oss-20b", upstream: "bedrock-mantle" },
        { name: "mantle-openai", model: "openai.gpt-oss-120b", upstream: "bedrock-mantle-openai" },
      ],
    },
  });
  // The role has exactly what the template says it needs.
  const policy = rolePolicy((await world.store.delegations.get("team-a"))!);
  world.sandbox.iam.putPolicy({ arn: world.roleArn, policyName: "Bedrock", policy });
  const own = { apiKey: world.token, maxRetries: 0 };
  openai = new OpenAI({ baseURL: `${world.gateway.url}/v1`, ...own });
  anthropic = new Anthropic({ baseURL: world.gateway.url, ...own });
});
afterAll(() => world.close());

const user = (content: string) => [{ role: "user" as const, content }];
const lastCall = () => world.sandbox.calls().findLast(({ service }) => service !== "sts")!;

describe("a model behind bedrock-runtime's own OpenAI endpoint", () => {
  it("counts an estimate for a stream whose caller doesn't request usage", async () => {
    const before = (await world.calls()).length;
    const body = { model: "gpt-oss", messages: user("Hello there"), max_tokens: 50 };
    await Array.fromAsync(await openai.chat.completions.create({ ...body, stream: true }));
    const { usage, outcome } = (await world.ended(before + 1)).at(-1) ?? {};
    expect({ outcome, source: usage?.source }).toEqual({ outcome: "ok", source: "estimated" });
    expect(usage?.inputTokens).toBeGreaterThan(0);
    expect(usage?.outputTokens).toBe(50);
  });

  it("answers, streams and is counted", async () => {
    const body = { model: "gpt-oss", messages: user("Hello there") };
    const whole = await openai.chat.completions.create(body);
    expect(lastCall().target).toBe("/openai/v1/chat/completions");
    const stream = await openai.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      whole.choices[0]?.message.content,
    );
    const calls = await world.ended(3);
    for (const { usage, outcome, protocol, operation } of calls.slice(-2)) {
      expect({ outcome, protocol, operation: operation?.startsWith("InvokeModel") }).toEqual({
        outcome: "ok",
        protocol: "openai",
        operation: true,
      });
      expect(usage).toMatchObject({
        inputTokens: whole.usage?.prompt_tokens,
        outputTokens: whole.usage?.completion_tokens,
        source: "reported",
      });
    }
  });

  it("accepts what Signet would not translate, and the responses API", async () => {
    const answer = await openai.chat.completions.create({
      model: "gpt-oss",
      messages: user("Hello"),
      parallel_tool_calls: false,
    });
    expect(answer.choices[0]?.message.content).toContain("Hello");
    const response = await openai.responses.create({ model: "gpt-oss", input: "Hello" });
    expect(lastCall().target).toBe("/openai/v1/responses");
    expect(response.output_text).toContain("Hello");
  });

  it("that is cut off is an error", async () => {
    const stream = async (prompt: string) =>
      Array.fromAsync(
        await openai.chat.completions.create({ model: "gpt-oss", messages: user(prompt), stream: true }),
      );
    await expect(stream("[[cut]] one two three four")).rejects.toThrow();
    await expect(stream("[[throttle]]")).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });
});

describe("a Claude model behind bedrock-runtime's own Anthropic endpoint", () => {
  it("answers and streams, with the caller's version and betas", async () => {
    const body = { model: "sonnet", max_tokens: 100, messages: user("Hello there") };
    const whole = await anthropic.beta.messages.create({
      ...body,
      betas: ["interleaved-thinking-2025-05-14"],
    });
    expect(lastCall()).toMatchObject({ target: "/anthropic/v1/messages" });
    expect(lastCall().headers).toMatchObject({
      "anthropic-version": expect.stringMatching(/^20/),
      "anthropic-beta": "interleaved-thinking-2025-05-14",
    });
    const final = await anthropic.messages.stream(body).finalMessage();
    expect(final.content).toEqual(whole.content);
  });
});
describe("a model behind bedrock-mantle", () => {
  it.each([
    ["mantle", "/v1/chat/completions"],
    ["mantle-openai", "/openai/v1/chat/completions"],
  ])("%s is called at %s, signed for bedrock-mantle", async (model, path) => {
    const answer = await openai.chat.completions.create({ model, messages: user("Hello") });
    expect(answer.choices[0]?.message.content).toContain("Hello");
    expect(lastCall()).toMatchObject({ target: path, service: "bedrock-mantle" });
  });

  it("has no Gemini API: the refusal names it", async () => {
    const answer = await fetch(`${world.gateway.url}/v1beta/models/mantle:generateContent`, {
      method: "POST",
      headers: { "x-goog-api-key": world.token },
      body: JSON.stringify({ contents: [{ parts: [{ text: "Hello" }] }] }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("bedrock-mantle");
  });
});
