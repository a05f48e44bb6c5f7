/** Limits at the gateway: what passes, what is refused and in which words, and that nothing is overshot. */
import type { Socket } from "node:net";
import OpenAI from "openai";
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { Limits } from "../../src/core/limits.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { HAIKU, newWorld, until, type World, type WorldOptions } from "../support/world.ts";

let world: World;
let upstream: Upstream | undefined;
afterEach(async () => {
  await world.close();
  await upstream?.close();
  upstream = undefined;
});

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
async function limited(limits: Limits, settings: WorldOptions["settings"] = {}): Promise<void> {
  world = await newWorld({ settings });
  await world.store.clients.setLimits("app", limits);
  await until(() =>
    world.gateway.limits({ scope: "client", name: "app", limits }).length > 0 ? true : undefined,
  );
  // Whatever was changed before a key is known before the key.
  const { token } = await world.newKey();
  world.token = token;
}

const kindOf = ({ status, headers }: Response) => `${status} ${headers.get("x-signet-error")}`;

/** Converse's answer, of which nothing matters here but its usage. */
function answerWith(socket: Socket, usage: { inputTokens: number; outputTokens: number }): void {
  const text = JSON.stringify({ output: {}, stopReason: "end_turn", usage });
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  );
}

const states = (limits: Limits) => world.gateway.limits({ scope: "client", name: "app", limits });

describe("a budget", () => {
  it("of exactly a hundred calls lets a hundred of two hundred concurrent ones pass", async () => {
    const perCall = Math.ceil(Buffer.byteLength(body("hello")) / 4) + MOST;
    // What is reserved fits a hundred times, and once more not.
    const limits = { tokensPerDay: perCall * 100 };
    const held: Socket[] = [];
    upstream = await startUpstream((socket) => void held.push(socket));
    await limited(limits, { endpoints: { bedrockRuntime: upstream.url } });
    const refused: Response[] = [];
    const calls = Array.from({ length: 200 }, () =>
      call().then((answer) => {
        if (answer.status !== 200) refused.push(answer);
        return answer;
      }),
    );
    // None has ended: all that is used is what they have set aside.
    await until(() => (held.length + refused.length === 200 ? true : undefined));
    expect(held).toHaveLength(100);
    expect(new Set(refused.map(kindOf))).toEqual(new Set(["429 rate_limited"]));
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    expect(states(limits)).toMatchObject([{ used: 0, reserved: perCall * 100 }]);
    for (const socket of held) answerWith(socket, { inputTokens: 2, outputTokens: MOST });
    await Promise.all(calls);
    const used = 100 * (2 + MOST);
    await until(() => (world.gateway.running() === 0 ? true : undefined));
    expect(states(limits)).toMatchObject([{ used, reserved: 0 }]);
    // One more: the world asks once whether its key is known.
    const logged = await world.ended(201);
    expect(logged.filter(({ error }) => error === "rate_limited")).toHaveLength(100);
    const passed = logged.filter(({ outcome }) => outcome === "ok");
    expect(passed).toHaveLength(100);
    for (const each of passed) expect(each.reserved).toMatchObject({ tokens: perCall });
  });

  it("that is used up is refused until it begins anew, so that no SDK hammers", async () => {
    await limited({ tokensPerMonth: 100 });
    while ((await call()).status === 200);
    const refused = await call();
    expect([kindOf(refused), refused.headers.get("x-amzn-errortype")]).toEqual([
      "403 budget_exhausted",
      "ServiceQuotaExceededException",
    ]);
    const ends = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1);
    const wait = Number(refused.headers.get("retry-after")) * 1000;
    expect(Math.abs(Date.now() + wait - ends)).toBeLessThan(60_000);
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
