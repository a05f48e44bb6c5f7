/** Limits at the gateway: what passes, what is refused and in which words, and that nothing is overshot. */
import OpenAI from "openai";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { Limits } from "../../src/core/limits.ts";
import { HAIKU, newWorld, until, type World } from "../support/world.ts";

let world: World;
afterEach(() => world.close());

const MOST = 20;
const body = (text: string, maxTokens = MOST) =>
  JSON.stringify({
    messages: [{ role: "user", content: [{ text }] }],
    inferenceConfig: { maxTokens },
  });

function call(text = "hello", token = world.token, maxTokens = MOST): Promise<Response> {
  return fetch(`${world.gateway.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body(text, maxTokens),
  });
}

/** Set in the store, known to the gateway once the headers show it or a call is held against it. */
async function limited(limits: Limits): Promise<void> {
  world = await newWorld();
  await world.store.clients.setLimits("app", limits);
  await until(() =>
    world.gateway.limits({ scope: "client", name: "app", limits }).length > 0 ? true : undefined,
  );
  // Whatever was changed before a key is known before the key.
  const { token } = await world.newKey();
  world.token = token;
}

const states = (limits: Limits) => world.gateway.limits({ scope: "client", name: "app", limits });

describe("a budget", () => {
  it("of exactly a hundred calls lets a hundred of two hundred concurrent ones pass", async () => {
    const perCall = Math.ceil(Buffer.byteLength(body("hello")) / 4) + MOST;
    // What is reserved fits a hundred times, and once more not.
    const limits = { tokensPerDay: perCall * 100 };
    await limited(limits);
    world.sandbox.faults.set({ firstByteDelayMs: 1_500 });
    const answers = await Promise.all(Array.from({ length: 200 }, () => call()));
    const passed = answers.filter(({ status }) => status === 200);
    expect(passed.length).toBe(100);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(
      new Set(refused.map(({ status, headers }) => `${status} ${headers.get("x-signet-error")}`)),
    ).toEqual(new Set(["403 budget_exhausted"]));
    expect(refused[0]?.headers.get("x-amzn-errortype")).toBe("ServiceQuotaExceededException");
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    const calls = await until(async () => {
      const all = await world.calls();
      return all.filter(({ outcome }) => outcome === "ok").length === 100 ? all : undefined;
    });
    const used = calls
      .filter(({ outcome }) => outcome === "ok")
      .reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);
    expect(states(limits)).toEqual([expect.objectContaining({ used, reserved: 0 })]);
    expect(calls.filter(({ error }) => error === "budget_exhausted").length).toBe(100);
    expect(calls.find(({ outcome }) => outcome === "ok")?.reserved).toMatchObject({ tokens: perCall });
  });

  it("in dollars is counted by the price table, and refuses what has no price", async () => {
    const limits = { costPerMonth: 0.01 };
    await limited(limits);
    expect((await call()).status).toBe(200);
    const ended = await until(async () => (await world.calls()).find(({ outcome }) => outcome === "ok"));
    expect(ended?.costUsd).toBeGreaterThan(0);
    expect(states(limits)[0]?.used).toBeCloseTo(ended?.costUsd ?? 0, 9);
    const unpriced = await fetch(`${world.gateway.url}/model/meta.llama3-70b-instruct-v1%3A0/converse`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: body("hello"),
    });
    expect([unpriced.status, unpriced.headers.get("x-signet-error")]).toEqual([403, "unpriced_model"]);
  });

  it("nearly used up is told in a header", async () => {
    await limited({ tokensPerDay: 60, warnAtPercent: 1 });
    expect((await call()).headers.get("x-signet-budget")).toBeNull();
    await until(() => ((states({ tokensPerDay: 60 })[0]?.used ?? 0) > 0 ? true : undefined));
    expect((await call("x")).headers.get("x-signet-budget")).toMatch(/^client\/app tokens-per-day \d+%$/);
  });
});

describe("a limit of requests a minute", () => {
  it("is told by its headers and refused in each SDK's own exception", async () => {
    await limited({ requestsPerMinute: 1 });
    const first = await call();
    expect(first.headers.get("x-ratelimit-limit-requests")).toBe("1");
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    const { url } = world.gateway;
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: world.token, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "hi" }];
    const byOpenAi = await openai.chat.completions
      .create({ model: HAIKU, messages })
      .catch((error: unknown) => error);
    expect(byOpenAi).toBeInstanceOf(OpenAI.RateLimitError);
    const anthropic = new Anthropic({ baseURL: url, apiKey: world.token, maxRetries: 0 });
    const byAnthropic = await anthropic.messages
      .create({ model: HAIKU, max_tokens: 10, messages })
      .catch((error: unknown) => error);
    expect(byAnthropic).toBeInstanceOf(Anthropic.RateLimitError);
    expect((byAnthropic as { headers: Headers }).headers.get("anthropic-ratelimit-requests-remaining")).toBe(
      "0",
    );
    const aws = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: url,
      token: { token: world.token },
      authSchemePreference: ["httpBearerAuth"],
      maxAttempts: 1,
    });
    const input = { modelId: HAIKU, messages: [{ role: "user" as const, content: [{ text: "hi" }] }] };
    const byAws = await aws.send(new ConverseCommand(input)).catch((error: unknown) => error);
    aws.destroy();
    expect((byAws as Error).name).toBe("ThrottlingException");
  });
});

describe("calls at once", () => {
  it("beyond the limit are refused until one ends, however it ends", async () => {
    await limited({ concurrentCalls: 1 });
    world.sandbox.faults.set({ firstByteDelayMs: 800 });
    const slow = call();
    await until(async () => ((await call()).status === 429 ? true : undefined));
    const leaving = new AbortController();
    expect((await slow).status).toBe(200);
    const gone = fetch(`${world.gateway.url}/model/${encodeURIComponent(HAIKU)}/converse`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: body("bye"),
      signal: leaving.signal,
    }).catch(() => undefined);
    setTimeout(() => leaving.abort(), 50);
    await gone;
    world.sandbox.faults.set({ firstByteDelayMs: 0 });
    await until(async () => ((await call()).status === 200 ? true : undefined));
  });
});
