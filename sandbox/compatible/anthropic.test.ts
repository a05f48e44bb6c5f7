/** Anthropic's Messages API on bedrock-runtime, with Anthropic's own SDK as client. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import { CLAUDE, allow, collect, sendRaw, sessionWith, signedRequest, signingFetch } from "../testing.ts";
import type { Keys } from "../testing.ts";

const SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

let sandbox: Sandbox;
let keys: Keys;
let client: Anthropic;
beforeAll(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
  client = clientWith(keys);
});
afterAll(() => sandbox.close());

function clientWith(credentials: Keys): Anthropic {
  const baseURL = `${sandbox.url}/anthropic`;
  return new Anthropic({ apiKey: "unused", baseURL, maxRetries: 0, fetch: signingFetch(credentials) });
}

function params(content: string, extra: object = {}) {
  return { model: SONNET, max_tokens: 2000, messages: [{ role: "user" as const, content }], ...extra };
}

async function create(content: string, extra: object = {}): Promise<Anthropic.Message> {
  return client.messages.create({ ...params(content, extra), stream: false });
}

async function stream(content: string): Promise<Anthropic.RawMessageStreamEvent[]> {
  return collect(await client.messages.create({ ...params(content), stream: true }));
}

describe("Messages", () => {
  it("answers by profile and by model, and records the name", async () => {
    const answer = await create("hi");
    expect(answer).toMatchObject({
      type: "message",
      model: SONNET,
      content: [{ type: "text", text: "You said: hi" }],
      stop_reason: "end_turn",
    });
    expect(sandbox.calls().at(-1)).toMatchObject({ operation: "Messages", modelId: SONNET });
    await expect(create("hi", { model: CLAUDE })).resolves.toMatchObject({ model: CLAUDE });
    await expect(create("hi", { model: "openai.gpt-oss-20b-1:0" })).rejects.toThrow("doesn't support");
  });

  it("streams Anthropic's events by name, without Bedrock's metrics", async () => {
    const events = await stream("one two");
    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(JSON.stringify(events)).not.toContain("invocationMetrics");
    expect(await client.messages.stream(params("one two")).finalText()).toBe("You said: one two");
  });

  it("keeps the rules of Claude's InvokeModel format", async () => {
    const thought = await create("hi", { thinking: { type: "enabled", budget_tokens: 1024 } });
    expect(thought.content[0]?.type).toBe("thinking");
    await expect(create("hi", { temperature: 0.5, top_p: 0.5 })).rejects.toThrow("cannot both be specified");
    await expect(create("hi", { anthropic_version: "bedrock-2023-05-31" })).rejects.toThrow(
      "anthropic_version: Extra inputs are not permitted",
    );
  });

  it("requires the version in a header", async () => {
    const body = JSON.stringify(params("hi"));
    const request = await signedRequest(sandbox, keys, { path: "/anthropic/v1/messages", body });
    const answer = await sendRaw(sandbox, request);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      400,
      {
        type: "error",
        error: { type: "invalid_request_error", message: "anthropic-version: header is required" },
      },
    ]);
  });

  it("counts no tokens on bedrock-runtime", async () => {
    const path = "/anthropic/v1/messages/count_tokens";
    const answer = await sendRaw(sandbox, await signedRequest(sandbox, keys, { path }));
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("Credential should be scoped to correct service: 'bedrock-mantle'");
  });
});

describe("a failure", () => {
  it.each([
    ["[[throttle]]", 429, "rate_limit_error"],
    ["[[error:503]]", 503, "overloaded_error"],
    ["[[error:500]]", 500, "api_error"],
    ["[[not-subscribed]]", 403, "permission_error"],
    ["[[too-long]]", 400, "invalid_request_error"],
  ])("%s answers %i in Anthropic's shape", async (marker, status, type) => {
    const refused = { status, error: { type: "error", error: { type } } };
    await expect(create(marker)).rejects.toMatchObject(refused);
    await expect(stream(marker)).rejects.toMatchObject(refused);
  });

  it("in the middle of a stream is an error event", async () => {
    await expect(stream("[[fail-mid-stream:serviceUnavailableException]] a b c")).rejects.toThrow(
      "overloaded_error",
    );
    await expect(stream("[[cut]] a b c d")).rejects.toBeInstanceOf(Error);
  });

  it("of authorization is IAM's denial: a profile needs its models too", async () => {
    const profile = "arn:aws:bedrock:*:*:inference-profile/*";
    const narrow = clientWith(sessionWith(sandbox, allow("bedrock:*", profile), "narrow"));
    await expect(narrow.messages.create(params("a"))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("foundation-model/anthropic.claude-sonnet-4-5"),
    });
  });

  it("of the signature is SigV4's refusal", async () => {
    const wrong = clientWith({ ...keys, secretAccessKey: "x".repeat(40) });
    await expect(wrong.messages.create(params("a"))).rejects.toMatchObject({
      status: 403,
      error: { error: { type: "permission_error" } },
    });
  });
});
