/**
 * Whatever callers send in any protocol gets a correct answer or a coded error that names the field, in the
 * protocol's own shape; nothing crashes, nothing leaks, and the gateway continues.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spoilt, wrongValue } from "../../support/converse-answers.ts";
import { HAIKU, newWorld, type World } from "../../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

interface Protocol {
  name: string;
  path: string;
  /** A request with that text. */
  body: (text: string) => object;
  /** The texts of an answer, joined. */
  textOf: (answer: never) => string;
  /** An error's message; undefined if it isn't in the protocol's shape. */
  errorOf: (answer: never) => string | undefined;
}

const PROTOCOLS: Protocol[] = [
  {
    name: "chat completions",
    path: "/v1/chat/completions",
    body: (text) => ({ model: HAIKU, messages: [{ role: "user", content: text }] }),
    textOf: (a: { choices: { message: { content: string } }[] }) => a.choices[0]!.message.content,
    errorOf: (a: { error?: { message?: string; type?: string } }) => a.error?.type && a.error.message,
  },
  {
    name: "responses",
    path: "/v1/responses",
    body: (text) => ({ model: HAIKU, input: text }),
    textOf: (a: { output: { content: { text: string }[] }[] }) => a.output[0]!.content[0]!.text,
    errorOf: (a: { error?: { message?: string; type?: string } }) => a.error?.type && a.error.message,
  },
  {
    name: "messages",
    path: "/v1/messages",
    body: (text) => ({ model: HAIKU, max_tokens: 100_000, messages: [{ role: "user", content: text }] }),
    textOf: (a: { content: { text: string }[] }) => a.content[0]!.text,
    errorOf: (a: { type?: string; error?: { message?: string } }) =>
      a.type === "error" ? a.error?.message : undefined,
  },
  {
    name: "messages through Converse",
    path: "/v1/messages",
    body: (text) => ({
      model: "amazon.nova-lite-v1:0",
      max_tokens: 100_000,
      messages: [{ role: "user", content: text }],
    }),
    textOf: (a: { content: { text: string }[] }) => a.content[0]!.text,
    errorOf: (a: { type?: string; error?: { message?: string } }) =>
      a.type === "error" ? a.error?.message : undefined,
  },
  {
    name: "generateContent",
    path: `/v1beta/models/${HAIKU}:generateContent`,
    body: (text) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
    textOf: (a: { candidates: { content: { parts: { text: string }[] } }[] }) =>
      a.candidates[0]!.content.parts[0]!.text,
    errorOf: (a: { error?: { message?: string; status?: string } }) => a.error?.status && a.error.message,
  },
];

async function post(
  path: string,
  body: string,
): Promise<{ status: number; json: never; code: string | null }> {
  const answer = await fetch(world.gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
    body,
  });
  return {
    status: answer.status,
    json: (await answer.json()) as never,
    code: answer.headers.get("x-signet-error"),
  };
}

describe.each(PROTOCOLS)("$name", ({ path, body, textOf, errorOf }) => {
  it("passes any Unicode text in both directions", async () => {
    for (const text of [
      "naïve ☃ 𝒳 👩‍👩‍👧‍👦",
      "‮right to left",
      'quote " backslash \\ nl',
      "a\u0000b\u001f",
      "a\u2028b\u2029c",
    ]) {
      const { status, json } = await post(path, JSON.stringify(body(text)));
      expect([text, status]).toEqual([text, 200]);
      expect(textOf(json).replaceAll(/\s/g, "")).toBe(`You said: ${text}`.replaceAll(/\s/g, ""));
    }
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["an array", "[]"],
    ["null", "null"],
    ["a number", "1"],
    ["bytes that are not UTF-8", "\ufffd\ufffd"],
    ["an empty object", "{}"],
    ["__proto__", '{"__proto__":{"model":"x"}}'],
  ])("answers %s with a 400 in its own shape", async (_, text) => {
    const { status, json, code } = await post(path, text);
    expect(status).toBe(400);
    expect(code).toBeOneOf(["invalid_body", "unsupported_parameter"]);
    expect(errorOf(json)).toBeTypeOf("string");
  });

  it("answers deep nesting with a coded error", async () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    const text = JSON.stringify({ ...body("x"), tools: "DEEP" }).replace('"DEEP"', deep);
    const { status, json } = await post(path, text);
    expect(status).toBe(400);
    expect(errorOf(json)).toBeTypeOf("string");
  });

  it("answers wrong types anywhere with a coded error, or serves them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), wrongValue, async (seed, value) => {
        const { status, json } = await post(path, JSON.stringify(spoilt(body("Hello"), seed, value)));
        expect([200, 400, 404]).toContain(status);
        expect(status === 200 || typeof errorOf(json) === "string").toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("large requests", () => {
  it("with 10,000 messages and 500 tools arrive complete", async () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `message ${i}`,
    }));
    const tools = Array.from({ length: 500 }, (_, i) => ({
      type: "function",
      function: {
        name: `tool.${i}`,
        parameters: { type: "object", properties: { [`p${i}`]: { type: "string" } } },
      },
    }));
    messages.push({ role: "user", content: "[[tool:nothing]] last" });
    const { status, json } = await post(
      "/v1/chat/completions",
      JSON.stringify({ model: HAIKU, messages, tools }),
    );
    expect(status).toBe(200);
    const { usage } = json as { usage: { prompt_tokens: number } };
    expect(usage.prompt_tokens).toBeGreaterThan(25_000);
  });

  it.each([
    [
      "/v1/chat/completions",
      (url: string) => ({
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
      }),
      "messages.0.content.0.image_url",
    ],
    [
      "/v1/responses",
      (url: string) => ({
        input: [{ role: "user", content: [{ type: "input_image", detail: "auto", image_url: url }] }],
      }),
      "input.0.content.0.image_url",
    ],
  ])("with an image of 15 MB at %s are refused with its path", async (path, body, param) => {
    const url = `data:image/png;base64,${"A".repeat(20_000_000)}`;
    const { status, json } = await post(path, JSON.stringify({ model: HAIKU, ...body(url) }));
    expect(status).toBe(400);
    const { error } = json as { error: { param: string; message: string } };
    expect(error.param.startsWith(param)).toBe(true);
    expect(error.message.length).toBeLessThan(1000);
  });

  it("with a field name of a megabyte are refused with the beginning of the name", async () => {
    const body = { model: HAIKU, messages: [{ role: "user", content: "x" }], ["a".repeat(1_000_000)]: 1 };
    const { status, json } = await post("/v1/chat/completions", JSON.stringify(body));
    expect(status).toBe(400);
    expect(JSON.stringify(json).length).toBeLessThan(1000);
  });

  it("beyond the gateway's limit are a 413 in the caller's shape", async () => {
    const { status, json } = await post(
      "/v1/messages",
      JSON.stringify({
        model: HAIKU,
        max_tokens: 1,
        messages: [{ role: "user", content: "x".repeat(26_000_000) }],
      }),
    );
    expect(status).toBe(413);
    expect(json).toMatchObject({ type: "error", error: { type: "request_too_large" } });
  });
});

describe("afterwards", () => {
  it("the log contains no stack trace, key or prompt, and the gateway answers", async () => {
    const log = world.logged.join("\n");
    expect(log).not.toContain(world.token);
    expect(log).not.toContain("message 9999");
    expect(log).not.toMatch(/"code":"internal"/);
    expect((await post("/v1/messages", JSON.stringify(PROTOCOLS[2]!.body("still there")))).status).toBe(200);
  });
});
