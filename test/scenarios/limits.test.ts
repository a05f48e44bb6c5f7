/** Limits at the gateway: what passes, what counts, and that no limit is exceeded. */
import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import type { Limits } from "../../src/core/limits.ts";
import { boundedBody, kindOf, limitClient, limitedWorld, post, statesOf } from "../support/limits.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { HAIKU, until, type World, type WorldOptions } from "../support/world.ts";

const TITAN = "amazon.titan-embed-text-v2:0";
const MOST = 20;
const BODY = boundedBody("hello", MOST);
/** What one call reserves. */
const PER_CALL = Math.ceil(Buffer.byteLength(BODY) / 4) + MOST;

let world: World;
let upstream: Upstream | undefined;
/** Calls that have reached the upstream and wait for an answer. */
let held: Socket[];
afterEach(async () => {
  await world.close();
  await upstream?.close();
  upstream = undefined;
});

async function start(limits: Limits): Promise<void> {
  world = await limitedWorld(limits);
}

/** In place of Bedrock, a server that answers only when the test says so. */
async function startHolding(limits: Limits, settings: WorldOptions["settings"] = {}): Promise<void> {
  held = [];
  upstream = await startUpstream((socket) => void held.push(socket));
  world = await limitedWorld(limits, { ...settings, endpoints: { bedrockRuntime: upstream.url } });
}

/** Converse's answer, of which only the usage matters here. */
function answerWith(socket: Socket | undefined, usage: { inputTokens: number; outputTokens: number }): void {
  const text = JSON.stringify({ output: {}, stopReason: "end_turn", usage });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n`;
  socket?.write(head + text);
}

const arrived = (count: number) => until(() => (held.length >= count ? true : undefined));
async function quiet(): Promise<void> {
  await until(() => (world.gateway.status().running === 0 ? true : undefined));
  // A call's end takes effect within the same turn.
  await setImmediate();
}
const used = (limits: Limits) => statesOf(world, limits).map((state) => [state.used, state.reserved]);
const ended = async (outcome: string) =>
  until(async () => (await world.calls()).find((call) => call.outcome === outcome));

describe("a budget", () => {
  it("of exactly a hundred calls lets a hundred of two hundred concurrent ones pass", async () => {
    const limits = { tokensPerDay: PER_CALL * 100 };
    await startHolding(limits);
    const refused: Response[] = [];
    const calls = Array.from({ length: 200 }, async () => {
      const answer = await post(world, BODY);
      if (answer.status !== 200) refused.push(answer);
    });
    await until(() => (held.length + refused.length === 200 ? true : undefined));
    expect(held).toHaveLength(100);
    expect(used(limits)).toEqual([[0, PER_CALL * 100]]);
    // There may be room once others have ended: worth a retry.
    expect(new Set(refused.map(kindOf))).toEqual(new Set(["429 rate_limited"]));
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
    for (const socket of held) answerWith(socket, { inputTokens: 2, outputTokens: MOST });
    await Promise.all(calls);
    await quiet();
    expect(used(limits)).toEqual([[100 * (2 + MOST), 0]]);
    // One more: the world asks once whether its key is known.
    const logged = await world.ended(201);
    expect(logged.filter(({ error }) => error === "rate_limited")).toHaveLength(100);
    const passed = logged.filter(({ outcome }) => outcome === "ok");
    expect(passed).toHaveLength(100);
    for (const each of passed) expect(each.reserved).toMatchObject({ tokens: PER_CALL });
  });

  it("in dollars counts what the audit log says that calls cost", async () => {
    const limits = { costPerMonth: 0.01 };
    await start(limits);
    expect((await post(world, BODY)).status).toBe(200);
    const { costUsd, prices, reserved } = await ended("ok");
    expect(costUsd).toBeGreaterThan(0);
    expect(prices).toMatch(/^litellm-[\d.]+\+genai-prices-[\d.]+$/);
    expect(reserved?.costUsd).toBeGreaterThan(costUsd ?? Infinity);
    expect(statesOf(world, limits)[0]?.used).toBeCloseTo(costUsd ?? 0, 9);
  });

  it("in dollars reserves an hour in the cache where it is asked for, and counts what Bedrock says was written", async () => {
    await start({ costPerMonth: 1 });
    const body = (cachePoint: object, text: string) =>
      JSON.stringify({
        messages: [{ role: "user", content: [{ text }, { cachePoint: { type: "default", ...cachePoint } }] }],
        inferenceConfig: { maxTokens: MOST },
      });
    const model = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    for (const [ttl, text] of [
      ["5m", "[[cache:0,1000,0]] x"],
      ["1h", "[[cache:0,1000,1000]] x"],
    ] as const)
      expect((await post(world, body({ ttl }, text.padEnd(2000, "x")), { model })).status).toBe(200);
    const [short, long] = (await world.ended(3)).filter(({ outcome }) => outcome === "ok");
    const written = (call: typeof short) => call?.usage?.cacheWrite1hInputTokens;
    expect([written(short), written(long)]).toEqual([0, 1000]);
    // Writing 1,000 tokens costs $1.375 a million for five minutes and $2.20 for an hour, by litellm 1.110.2.
    expect((long?.costUsd ?? 0) - (short?.costUsd ?? 0)).toBeCloseTo(0.0022 - 0.001375, 6);
    const reserved = (call: typeof short) => call?.reserved?.costUsd ?? 0;
    expect(reserved(long) / reserved(short)).toBeGreaterThan(1.3);
  });

  it("that is nearly exhausted is reported in a header", async () => {
    await start({ tokensPerDay: 60, warnAtPercent: 1 });
    expect((await post(world, BODY)).headers.get("x-signet-budget")).toBeNull();
    await quiet();
    const header = (await post(world, BODY)).headers.get("x-signet-budget");
    expect(header).toMatch(/^client\/app tokens-per-day \d+%$/);
  });

  it("of a delegation applies to a client without one, and the refusal names the delegation", async () => {
    await start({});
    const delegation = await world.store.delegations.get("team-a");
    if (!delegation) throw new Error("no delegation");
    await world.store.delegations.update({ ...delegation, limits: { tokensPerDay: 1 } });
    await limitClient(world, undefined);
    const refused = await post(world, BODY);
    expect(kindOf(refused)).toBe("403 budget_exhausted");
    expect(await refused.text()).toContain("the delegation team-a, 1 tokens per day");
  });

  it("that is raised or lowered keeps its usage", async () => {
    const limits = { tokensPerDay: PER_CALL };
    await start(limits);
    expect((await post(world, BODY)).status).toBe(200);
    await quiet();
    const [[spent = 0] = []] = used(limits);
    expect(kindOf(await post(world, BODY))).toBe("403 budget_exhausted");
    await limitClient(world, { tokensPerDay: spent + PER_CALL });
    expect((await post(world, BODY)).status).toBe(200);
    await quiet();
    await limitClient(world, { tokensPerDay: spent + PER_CALL });
    expect(kindOf(await post(world, BODY))).toBe("403 budget_exhausted");
  });
});

describe("the usage", () => {
  const limits = { tokensPerDay: 1_000_000 };

  it("of a stream is what its last event says, and until then what was reserved", async () => {
    await start(limits);
    const client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: world.token });
    const messages = [{ role: "user" as const, content: "[[slow:20]] one two three" }];
    const stream = await client.chat.completions.create({
      model: HAIKU,
      messages,
      stream: true,
      max_tokens: 500,
    });
    let reserved = 0;
    for await (const _ of stream) reserved = Math.max(reserved, used(limits)[0]?.[1] ?? 0);
    expect(reserved).toBeGreaterThan(500);
    const { usage } = await ended("ok");
    await quiet();
    expect(used(limits)).toEqual([[(usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0]]);
  });

  it("of a call that Bedrock refuses is zero", async () => {
    await start(limits);
    expect((await post(world, boundedBody("[[too-long]]", MOST))).status).toBe(400);
    expect((await post(world, boundedBody("[[throttle]]", MOST))).status).toBe(429);
    await quiet();
    expect(used(limits)).toEqual([[0, 0]]);
  });

  it("of a call whose caller disconnects before its answer is its maximum", async () => {
    await startHolding(limits, { callerGone: { policy: "abort" } });
    const leaving = new AbortController();
    const gone = post(world, BODY, { signal: leaving.signal }).catch(() => "gone");
    await arrived(1);
    leaving.abort();
    expect(await gone).toBe("gone");
    const { usage, reserved } = await ended("client_gone");
    await quiet();
    expect(usage?.source).toBe("estimated");
    expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(reserved?.tokens);
    expect(used(limits)).toEqual([[PER_CALL, 0]]);
  });

  it("of a call cut off by its key's revocation is its maximum, too", async () => {
    await startHolding(limits);
    const { id, token } = await world.newKey();
    world.token = token;
    const cut = post(world, BODY);
    await arrived(1);
    await world.store.keys.revoke(id, Date.now());
    expect((await cut).status).toBe(403);
    await ended("revoked");
    await quiet();
    expect(used(limits)).toEqual([[PER_CALL, 0]]);
  });

  it("of a batch of embeddings is the sum of its calls, each with its share of the reservation", async () => {
    await start(limits);
    const client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: world.token, maxRetries: 0 });
    const input = ["one", "two and three", "four"];
    await client.embeddings.create({ model: TITAN, input, encoding_format: "float" });
    await quiet();
    const calls = (await world.calls()).filter(({ outcome }) => outcome === "ok");
    expect(calls).toHaveLength(3);
    const sum = calls.reduce((total, { usage }) => total + (usage?.inputTokens ?? 0), 0);
    expect(sum).toBeGreaterThan(0);
    expect(used(limits)).toEqual([[sum, 0]]);
    const shares = calls.reduce((total, { reserved }) => total + (reserved?.tokens ?? 0), 0);
    await limitClient(world, { tokensPerDay: sum + shares - 1 });
    const again = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: world.token, maxRetries: 0 });
    const refused = await again.embeddings
      .create({ model: TITAN, input, encoding_format: "float" })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "insufficient_quota" });
    expect((await world.calls()).filter(({ outcome }) => outcome === "ok")).toHaveLength(3);
  });

  it("of token counts and lists is one request each, and no tokens", async () => {
    const tight = { tokensPerDay: 1, costPerDay: 0.000_001, requestsPerMinute: 100 };
    await start(tight);
    const before = used(tight)[0]?.[0] ?? 0;
    const converse = { messages: [{ role: "user", content: [{ text: "hi" }] }] };
    const counted = await post(world, JSON.stringify({ input: { converse } }), {
      model: "anthropic.claude-3-5-haiku-20241022-v1:0",
      action: "count-tokens",
    });
    expect(counted.status).toBe(200);
    const authorization = `Bearer ${world.token}`;
    const list = await fetch(`${world.gateway.url}/v1/models`, { headers: { authorization } });
    expect(list.status).toBe(200);
    expect(kindOf(await post(world, BODY))).toBe("403 budget_exhausted");
    await quiet();
    expect(used(tight)).toEqual([
      [before + 2, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("concurrent calls", () => {
  it("beyond the limit are refused until one ends, however it ends", async () => {
    await startHolding({ concurrentCalls: 1 }, { callerGone: { policy: "abort" } });
    const first = post(world, BODY);
    await arrived(1);
    const refused = await post(world, BODY);
    expect([kindOf(refused), refused.headers.get("retry-after")]).toEqual([
      "429 too_many_concurrent_calls",
      "1",
    ]);
    answerWith(held[0], { inputTokens: 1, outputTokens: 1 });
    expect((await first).status).toBe(200);
    await quiet();
    const leaving = new AbortController();
    const gone = post(world, BODY, { signal: leaving.signal }).catch(() => undefined);
    await arrived(2);
    leaving.abort();
    await gone;
    await quiet();
    const last = post(world, BODY);
    await arrived(3);
    answerWith(held[2], { inputTokens: 1, outputTokens: 1 });
    expect((await last).status).toBe(200);
  });
});

describe("answers without limits", () => {
  it("have no limit headers", async () => {
    await start({});
    await limitClient(world, undefined);
    const { headers } = await post(world, BODY);
    expect([...headers.keys()].filter((name) => /ratelimit|budget|should-retry/.test(name))).toEqual([]);
  });
});
