/** Each refusal by a limit, through the vendors' own SDKs: the exception, its headers, and no retry storm. */
import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Limits } from "../../src/core/limits.ts";
import { boundedBody, limitClient, limitedWorld, post } from "../support/limits.ts";
import { HAIKU, until, type World } from "../support/world.ts";

/** In no price table, and never asked for at AWS: limits come first. */
const UNPRICED = "meta.llama9-70b-instruct-v1:0";
const MOST = 20;

type Thrown = Error & { status?: number; code?: string | null; headers?: Headers };
type Ask = (model: string) => Promise<unknown>;

let world: World;
beforeAll(async () => {
  world = await limitedWorld({});
});
afterAll(() => world.close());

/** With each SDK's own number of retries. */
const asks = (): Record<string, Ask> => {
  const { url } = world.gateway;
  const apiKey = world.token;
  const messages = [{ role: "user" as const, content: "hi" }];
  return {
    openai: (model) =>
      new OpenAI({ baseURL: `${url}/v1`, apiKey }).chat.completions.create({
        model,
        messages,
        max_tokens: MOST,
      }),
    anthropic: (model) =>
      new Anthropic({ baseURL: url, apiKey }).messages.create({ model, messages, max_tokens: MOST }),
    gemini: (model) =>
      new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } }).models.generateContent({
        model,
        contents: "hi",
        config: { maxOutputTokens: MOST },
      }),
    bedrock: (model) => {
      const client = new BedrockRuntimeClient({
        region: "us-east-1",
        endpoint: url,
        token: { token: apiKey },
        authSchemePreference: ["httpBearerAuth"],
      });
      const content = [{ text: "hi" }];
      const input = { modelId: model, messages: [{ role: "user" as const, content }] };
      return client
        .send(new ConverseCommand({ ...input, inferenceConfig: { maxTokens: MOST } }))
        .finally(() => client.destroy());
    },
  };
};

async function refusedBy(sdk: string, model = HAIKU): Promise<Thrown> {
  const ask = asks()[sdk];
  const answer: unknown = await ask?.(model).catch((error: unknown) => error);
  if (answer instanceof Error) return answer;
  throw new Error(`${sdk} was not refused`);
}

/** Refusals with this code in the audit log. */
const recorded = async (code: string) => (await world.calls()).filter(({ error }) => error === code).length;

/** A refusal as each SDK reports it. */
const CLASSES = {
  openai: OpenAI.APIError,
  anthropic: Anthropic.APIError,
  gemini: ApiError,
  bedrock: Error,
} as const;
const SDKS = Object.keys(CLASSES) as (keyof typeof CLASSES)[];

/** Uses up the budget, so that the next call is refused. */
async function exhausted(limits: Limits): Promise<void> {
  await limitClient(world, limits);
  await until(async () => ((await post(world, boundedBody("hi", MOST))).ok ? undefined : true));
}

describe("an exhausted budget", () => {
  beforeAll(() => exhausted({ tokensPerMonth: 100 }));

  it.each(SDKS)("is reported to %s's SDK, which doesn't retry", async (sdk) => {
    const before = await recorded("budget_exhausted");
    const thrown = await refusedBy(sdk);
    expect(thrown).toBeInstanceOf(CLASSES[sdk]);
    expect(thrown.message).toContain("100 tokens per month");
    await until(async () => ((await recorded("budget_exhausted")) > before ? true : undefined));
    expect(await recorded("budget_exhausted")).toBe(before + 1);
    expect(thrown).toMatchObject(
      sdk === "bedrock" ? { name: "ServiceQuotaExceededException" } : { status: 429 },
    );
  });

  it("is OpenAI's insufficient_quota until the month ends", async () => {
    const thrown = await refusedBy("openai");
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(thrown.code).toBe("insufficient_quota");
    const now = new Date();
    const ends = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
    const wait = Number(thrown.headers?.get("retry-after")) * 1000;
    expect(Math.abs(now.getTime() + wait - ends)).toBeLessThan(60_000);
  });
});

describe("a request that exceeds the limit by itself", () => {
  beforeAll(() => limitClient(world, { tokensPerMinute: 10 }));

  it("gets advice but no time to wait, and isn't retried", async () => {
    const before = await recorded("rate_limited");
    for (const sdk of ["openai", "anthropic"] as const) {
      const thrown = await refusedBy(sdk);
      expect(thrown.message).toContain("Limit its output tokens");
      expect([thrown.headers?.get("retry-after"), thrown.headers?.get("x-should-retry")]).toEqual([
        null,
        "false",
      ]);
    }
    expect(await recorded("rate_limited")).toBe(before + 2);
  });
});

describe("an exceeded rate", () => {
  it("is a RateLimitError with the time to wait, in each protocol's headers", async () => {
    await exhausted({ requestsPerMinute: 1, tokensPerMinute: 1000 });
    const messages = [{ role: "user" as const, content: "hi" }];
    const once = { baseURL: world.gateway.url, apiKey: world.token, maxRetries: 0 };
    const byOpenAi = (await new OpenAI({ ...once, baseURL: `${once.baseURL}/v1` }).chat.completions
      .create({ model: HAIKU, messages, max_tokens: MOST })
      .catch((error: unknown) => error)) as Thrown;
    expect(byOpenAi).toBeInstanceOf(OpenAI.RateLimitError);
    expect(byOpenAi.code).toBe("rate_limit_exceeded");
    const wait = Number(byOpenAi.headers?.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(byOpenAi.headers?.get("x-ratelimit-limit-requests")).toBe("1");
    expect(byOpenAi.headers?.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(byOpenAi.headers?.get("x-ratelimit-reset-requests")).toMatch(/^(?:1m0s|\d+s)$/);
    expect(byOpenAi.headers?.get("x-ratelimit-limit-tokens")).toBe("1000");
    const byAnthropic = (await new Anthropic(once).messages
      .create({ model: HAIKU, messages, max_tokens: MOST })
      .catch((error: unknown) => error)) as Thrown;
    expect(byAnthropic).toBeInstanceOf(Anthropic.RateLimitError);
    expect(byAnthropic.headers?.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    expect(byAnthropic.headers?.get("anthropic-ratelimit-tokens-limit")).toBe("1000");
    const reset = byAnthropic.headers?.get("anthropic-ratelimit-requests-reset") ?? "";
    expect(reset).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(reset)).toBeGreaterThan(Date.now() - 1_000);
  });

  it("is Google's RESOURCE_EXHAUSTED with a RetryInfo, and AWS's ThrottlingException", async () => {
    const byGoogle = await refusedBy("gemini");
    expect(byGoogle.status).toBe(429);
    expect(byGoogle.message).toContain("RESOURCE_EXHAUSTED");
    expect(byGoogle.message).toContain("retryDelay");
    const answer = await post(world, boundedBody("hi", MOST));
    expect(answer.headers.get("x-amzn-errortype")).toBe("ThrottlingException");
    expect(answer.headers.get("x-ratelimit-remaining-requests")).toBe("0");
  });
});

describe("a model without a price under a budget in dollars", () => {
  beforeAll(() => limitClient(world, { costPerMonth: 10 }));

  it.each(SDKS)("is named to %s's SDK", async (sdk) => {
    const thrown = await refusedBy(sdk, UNPRICED);
    expect(thrown).toBeInstanceOf(CLASSES[sdk]);
    expect(thrown.message).toContain(`${UNPRICED} is not known`);
    expect(thrown.status ?? 403).toBe(403);
  });

  it("is refused for a tier without a known price, and for calls that aren't counted in tokens", async () => {
    const prioritized = {
      ...(JSON.parse(boundedBody("hi", 5)) as object),
      serviceTier: { type: "priority" },
    };
    const answer = await post(world, JSON.stringify(prioritized));
    expect(answer.headers.get("x-signet-error")).toBe("unpriced_model");
    const guardrail = await fetch(`${world.gateway.url}/guardrail/gr1/version/1/apply`, {
      method: "POST",
      headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
      body: JSON.stringify({ source: "INPUT", content: [{ text: { text: "hi" } }] }),
    });
    expect(guardrail.headers.get("x-signet-error")).toBe("unpriced_model");
  });
});
