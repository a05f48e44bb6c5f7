/**
 * T16, T17, T21, T34: whatever a caller sends is accepted or rejected with a coded error, and what is accepted
 * is what was meant. Each reader on its own, then all of them in a process.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelOfId } from "../../src/bedrock/model.ts";
import { SETTING_HEADERS, SETTINGS } from "../../src/core/settings.ts";
import { encodeFrame } from "../../src/eventstream/encode.ts";
import { FrameError } from "../../src/eventstream/frame-error.ts";
import { FrameWalker } from "../../src/eventstream/walk.ts";
import { readHeaders } from "../../src/gateway/accept.ts";
import { createRegistry } from "../../src/protocols/registry.ts";
import { asyncInvokeBody, asyncInvokeModel } from "../../src/bedrock/async-invoke.ts";
import { requestHeaders } from "../../src/bedrock/request.ts";
import { inboundOf } from "../../src/protocols/fixtures.ts";
import { pathOf } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { startServed, type Served } from "../support/served.ts";
import { coded } from "./coded.ts";
import { cases, figure } from "./figure.ts";
import { changedRequest } from "./fuzz-json.ts";

const ALLOWED = new Set(["content-type", "accept", "x-amzn-bedrock-accept", ...SETTING_HEADERS.keys()]);
const name = fc.oneof(
  fc.constantFrom(
    ...ALLOWED,
    "connection",
    "host",
    "x-amz-date",
    "x-amz-security-token",
    "transfer-encoding",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 12 }),
);
const value = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 30 }),
  fc
    .tuple(
      fc.string({ maxLength: 5 }),
      fc.constantFrom("\r\n", "\n", "\r", "\0", "\u000b", "\u0085", "\u2028", "\t "),
      fc.string({ maxLength: 9 }),
    )
    .map((parts) => parts.join("")),
);

describe("a caller's headers", () => {
  it("reach Bedrock only if allowed, on one line each (T16)", (context) => {
    const many = fc.array(fc.tuple(name, value), { maxLength: 8 });
    let passed = 0;
    fc.assert(
      fc.property(many, (pairs) => {
        const headers = coded(() => readHeaders(pairs.flat()));
        if ("refused" in headers) return;
        for (const [sent, text] of requestHeaders(headers)) {
          passed++;
          expect(ALLOWED).toContain(sent);
          expect(text).toMatch(/^[\t\x20-\x7e]+$/);
        }
      }),
      cases(context, 2_000, 100_000),
    );
    expect(passed).toBeGreaterThan(0);
  });
});

describe("an event stream with a few bytes changed", () => {
  const texts = fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 });
  const damage = fc.array(
    fc.tuple(fc.constantFrom("flip", "insert", "drop", "cut"), fc.nat(), fc.integer({ min: 1, max: 255 })),
    {
      minLength: 1,
      maxLength: 3,
    },
  );

  it("yields what precedes the change, and then fails (T17)", (context) => {
    fc.assert(
      fc.property(texts, damage, fc.integer({ min: 1, max: 64 }), (given, changes, size) => {
        const frames = given.map((text) => frameOf(text));
        const whole = Buffer.concat(frames);
        const spoilt = changes.reduce<Buffer>((bytes, [kind, at, by]) => damaged(bytes, kind, at, by), whole);
        const { texts: seen, failed } = walked(spoilt, size);
        expect(given.slice(0, seen.length)).toEqual(seen);
        const intact = Buffer.concat(frames.slice(0, seen.length));
        // Only a stream cut between two frames may pass as complete.
        expect(failed).toBe(!spoilt.equals(intact));
      }),
      cases(context, 2_000, 100_000),
    );
  });

  function frameOf(text: string): Buffer {
    const headers = [
      [":message-type", { type: "string", value: "event" }],
      [":event-type", { type: "string", value: "contentBlockDelta" }],
    ] as const;
    return encodeFrame(headers, Buffer.from(text));
  }

  function damaged(bytes: Buffer, kind: string, where: number, by: number): Buffer {
    if (bytes.length === 0) return bytes;
    const at = where % bytes.length;
    if (kind === "cut") return bytes.subarray(0, at);
    if (kind === "drop") return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    if (kind === "insert")
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([by]), bytes.subarray(at)]);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ by;
    return flipped;
  }

  function walked(bytes: Buffer, size: number): { texts: string[]; failed: boolean } {
    const seen: string[] = [];
    const walker = new FrameWalker(({ payload }) => void seen.push(Buffer.from(payload).toString()));
    try {
      for (let at = 0; at < bytes.length; at += size) walker.push(bytes.subarray(at, at + size));
      walker.end();
      return { texts: seen, failed: false };
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown;
      return { texts: seen, failed: true };
    }
  }
});

describe("malformed requests", () => {
  const MODELS = [
    "us.anthropic.claude-3-5-haiku-20241022-v1:0",
    "us.amazon.nova-micro-v1:0",
    "amazon.titan-embed-text-v2:0",
  ];

  const OWNER = { client: "app", account: "111122223333", partition: "aws", output: "b" };

  /** The result of the path's reader for a body, for each kind of model. */
  function read(path: string, text: string): void {
    if (path === "/async-invoke")
      return void coded(() => asyncInvokeBody(Buffer.from(text), OWNER, asyncInvokeModel(Buffer.from(text))));
    const route = createRegistry().protocolOf(path, new Map()).match("POST", path);
    if (typeof route !== "object" || route.kind !== "translated")
      throw new Error(`${path} is no translated route`);
    const ask = coded(() => route.read({ ...inboundOf(text), params: route.params }));
    if ("refused" in ask) return;
    for (const model of MODELS.map((id) => modelOfId(id))) {
      const bodies = coded(() => {
        ask.operation(model);
        return ask.translate(model).bodies;
      });
      if ("refused" in bodies) continue;
      for (const body of bodies) JSON.parse(body.toString("utf8"));
    }
  }

  it("become a valid request or a coded error, and change no prototype (T21, T34)", (context) => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(changedRequest, ({ path, text }) => read(path, text)),
      cases(context, 2_000, 100_000),
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("in a process", () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed({ settings: [...SETTINGS] });
  });
  afterAll(() => served.close());

  it("no malformed request causes an internal error (T21, T34)", async (context) => {
    await fc.assert(
      fc.asyncProperty(changedRequest, async ({ path, text }) => {
        const answer = await fetch(new URL(path, served.serving.url), {
          method: "POST",
          headers: { authorization: `Bearer ${served.token}`, "content-type": "application/json" },
          body: text,
        });
        await answer.arrayBuffer();
        expect([answer.status < 500, answer.headers.get("x-signet-error")]).not.toEqual([false, "internal"]);
      }),
      cases(context, 150, 1_000),
    );
  });

  it("only allowed headers reach Bedrock, whatever their values (T16)", async (context) => {
    const own = new Set([
      ...ALLOWED,
      "host",
      "x-amz-date",
      "x-amz-content-sha256",
      "connection",
      "content-length",
    ]);
    const bytes = fc
      .string({ unit: "binary-ascii", maxLength: 20 })
      .map((text) => text.replaceAll(/[\r\n]/g, " "));
    const header = fc.tuple(
      fc.constantFrom(...ALLOWED, "x-a", "x-amz-date", "te", "cookie"),
      // An empty line would be the end of the head, and what follows another request.
      fc.oneof(value, bytes).map((text) => `${text.replaceAll(/[\r\n]+/g, "\r\n")}.`),
    );
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(header, { maxLength: 3 }), async (pairs) => {
        const earlier = served.sandbox.calls().length;
        const lines = pairs.map(([each, text]) => `${each}: ${text}`);
        const headers = [`x-api-key: ${served.token}`, "connection: close", ...lines];
        await raw(
          served.serving.url,
          request({ path: pathOf("converse"), headers, body: converseBody("hello") }),
        );
        const calls = served.sandbox
          .calls()
          .slice(earlier)
          .filter(({ service }) => service === "bedrock");
        expect(calls.length).toBeLessThanOrEqual(1);
        reached += calls.length;
        for (const call of calls)
          expect(Object.keys(call.headers).filter((each) => !own.has(each))).toEqual([]);
      }),
      cases(context, 150, 1_000),
    );
    figure(context, `${reached} of them reached Bedrock`);
  });
});
