/** A protocol is one module: a fifth one, defined here, is served by the gateway like the built-in ones. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ConverseEvents, ConverseResponse } from "../../../src/bedrock/converse.ts";
import { jsonOf } from "../../../src/core/json.ts";
import { errorAnswer } from "../../../src/protocols/failure.ts";
import { commonLimitHeaders } from "../../../src/protocols/limit-headers.ts";
import type { ProtocolModule } from "../../../src/protocols/protocol.ts";
import { createRegistry, PROTOCOLS } from "../../../src/protocols/registry.ts";
import {
  jsonOfPart,
  type Ask,
  type Inbound,
  type StreamTranslator,
} from "../../../src/protocols/translation.ts";
import { HAIKU, newWorld, type World } from "../../support/world.ts";

/** `POST /plain/{ask|stream}/{model}`: text in, `{"text"}` or the stream's pieces of text out. */
const PLAIN: ProtocolModule = {
  name: "plain",
  claims: (path) => path.startsWith("/plain/"),
  match(method, path) {
    const [, endpoint, model] = /^\/plain\/(ask|stream)\/([^/]+)$/.exec(path) ?? [];
    if (endpoint === undefined || model === undefined) return undefined;
    return method === "POST"
      ? { kind: "translated", endpoint, params: [model], read: reader(endpoint) }
      : "method";
  },
  renderFailure(failure, id) {
    const { status, code, message } = failure;
    return errorAnswer(failure, status, { "x-plain-id": id }, { code, message });
  },
  limitHeaders: commonLimitHeaders,
  requestIdHeader: "x-plain-id",
};

function reader(endpoint: string): (inbound: Inbound) => Ask {
  const streaming = endpoint === "stream";
  return ({ params: [model = ""], body }) => ({
    model,
    operation: () => (streaming ? "ConverseStream" : "Converse"),
    translate: () => ({
      bodies: [
        Buffer.from(JSON.stringify({ messages: [{ role: "user", content: [{ text: body.toString() }] }] })),
      ],
      answer: streaming
        ? { kind: "stream", contentType: "text/plain", open: openText }
        : {
            kind: "whole",
            render([part]) {
              const { output } = jsonOfPart(part) as ConverseResponse;
              return JSON.stringify({
                text: output.message.content.flatMap((b) => ("text" in b ? b.text : [])).join(""),
              });
            },
          },
    }),
  });
}

function openText(): StreamTranslator {
  let complete = false;
  return {
    ping: "",
    event(type, payload) {
      complete ||= type === "messageStop";
      if (type !== "contentBlockDelta") return "";
      return (jsonOf(payload) as ConverseEvents["contentBlockDelta"]).delta.text ?? "";
    },
    end: () => (complete ? "\n" : undefined),
    fail: ({ message }) => `\n! ${message}`,
  };
}

let world: World;
beforeAll(async () => (world = await newWorld({ protocols: createRegistry([PLAIN, ...PROTOCOLS]) })));
afterAll(() => world.close());

const post = (path: string, body: string, token = world.token) =>
  fetch(world.gateway.url + path, { method: "POST", headers: { "x-api-key": token }, body });

it("has its requests answered by Bedrock, and audited under its name", async () => {
  const answer = await post(`/plain/ask/${HAIKU}`, "hello");
  expect(await answer.json()).toEqual({ text: "You said: hello" });
  expect(answer.headers.get("x-plain-id")).toBe(answer.headers.get("x-signet-request-id"));
  expect((await world.ended(1)).at(-1)).toMatchObject({
    protocol: "plain",
    operation: "Converse",
    outcome: "ok",
  });
});

it("has its own streams", async () => {
  const answer = await post(`/plain/stream/${HAIKU}`, "hello");
  expect(answer.headers.get("content-type")).toBe("text/plain");
  expect(await answer.text()).toBe("You said: hello\n");
});

it("has its own form of errors: Bedrock's, those of keys, and of unknown routes", async () => {
  const throttled = await post(`/plain/ask/${HAIKU}`, "[[throttle]]");
  expect([throttled.status, await throttled.json()]).toEqual([
    429,
    { code: null, message: expect.any(String) },
  ]);
  const stranger = await post(`/plain/ask/${HAIKU}`, "hello", "nobody");
  expect([stranger.status, await stranger.json()]).toMatchObject([403, { code: "authentication_failed" }]);
  const nowhere = await post("/plain/nowhere", "hello");
  expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { code: "unknown_route" }]);
});

it("leaves the other protocols unchanged", async () => {
  const answer = await post(
    "/v1/chat/completions",
    JSON.stringify({ model: HAIKU, messages: [{ role: "user", content: "hello" }] }),
  );
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: "You said: hello" } }] });
});
