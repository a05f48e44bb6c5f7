/** Streams in transit: relayed as they come, no faster than they are read, and never complete if they aren't. */
import http from "node:http";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  WIRES,
  brokenEvents,
  eventsOf,
  open,
  pathOf,
  textOf,
  type OpenCall,
  type StreamedEvent,
} from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { LAST_CHUNK, STREAM_HEAD, chunked, eventChunk, startUpstream } from "../support/upstream.ts";
import { HAIKU, newWorld, until, type World, type WorldOptions } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

const lastCall = (of: World) => of.sandbox.calls().findLast(({ service }) => service === "bedrock")!;

/** The record of the call that an answer belongs to, once it has ended. */
function record(of: World, call: Pick<OpenCall, "headers">) {
  return until(async () =>
    (await of.calls()).find(
      (each) => each.call === call.headers["x-signet-request-id"] && each.outcome !== "running",
    ),
  );
}

async function inWorld(options: WorldOptions, work: (own: World) => Promise<void>): Promise<void> {
  const own = await newWorld(options);
  try {
    await work(own);
  } finally {
    await own.close();
  }
}

describe.each(WIRES)("over %s", (wire) => {
  it("each event reaches the caller before Bedrock has sent the next", async () => {
    let proceed: () => void = () => undefined;
    const upstream = await startUpstream(async (socket) => {
      socket.write(STREAM_HEAD);
      for (let i = 0; i < 20; i++) {
        const type = i === 0 ? "messageStart" : i === 19 ? "messageStop" : "contentBlockDelta";
        const taken = new Promise<void>((resolve) => void (proceed = resolve));
        socket.write(eventChunk(type, { i }));
        await taken;
      }
      socket.end(LAST_CHUNK);
    });
    await inWorld({ settings: { endpoints: { bedrockRuntime: upstream.url } } }, async (own) => {
      const call = await open(own, wire, "hello");
      const seen: unknown[] = [];
      for await (const { payload } of eventsOf(call.body)) {
        seen.push(payload["i"]);
        proceed();
      }
      expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(await record(own, call)).toMatchObject({ outcome: "ok", status: 200 });
    });
    await upstream.close();
  });

  it("the first event of a slow answer arrives while the model is still generating", async () => {
    const call = await open(world, wire, "[[slow:20]] one two three four five six");
    const { requestId } = lastCall(world);
    const finished = () => world.sandbox.calls().find((each) => each.requestId === requestId)?.finished;
    const events = eventsOf(call.body);
    expect((await events.next()).value).toMatchObject({ type: "messageStart" });
    expect(finished()).toBe(false);
    expect((await Array.fromAsync(events)).at(-1)?.type).toBe("metadata");
    await until(() => finished() || undefined);
  });

  it("Bedrock waits for a caller who does not read, and everything arrives once the caller does (T35)", async () => {
    const call = await open(world, wire, "[[long:90000]]");
    const { requestId } = lastCall(world);
    const finished = () => world.sandbox.calls().find((each) => each.requestId === requestId)?.finished;
    // Others are served in the meantime; this answer can't end before its caller reads.
    for (let i = 0; i < 30; i++) await textOf((await open(world, wire, "hello", "converse")).body);
    expect(finished()).toBe(false);
    let words = 0;
    for await (const { type } of eventsOf(call.body)) if (type === "contentBlockDelta") words++;
    expect(words).toBe(90_000);
    await until(() => finished() || undefined);
    expect((await record(world, call)).usage).toMatchObject({ source: "reported" });
  });

  it.each(["converse-stream", "invoke-with-response-stream"])(
    "a damaged frame of %s never reaches the caller complete: the stream is aborted (T17)",
    async (action) => {
      const call = await open(world, wire, "[[bad-crc]] one two three four", action);
      const { events, broken } = await brokenEvents(call.body);
      expect(broken).toBe(true);
      expect(events.length).toBeLessThanOrEqual(3);
      expect(await record(world, call)).toMatchObject({ outcome: "truncated", error: "upstream_invalid" });
    },
  );

  it("a frame that claims 4 GiB aborts the stream (T17)", async () => {
    const upstream = await startUpstream((socket) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), eventChunk("messageStart", {})]));
      socket.write(chunked(Buffer.from("ffffffff00000000deadbeef", "hex")));
    });
    await inWorld({ settings: { endpoints: { bedrockRuntime: upstream.url } } }, async (own) => {
      const call = await open(own, wire, "hello");
      expect((await brokenEvents(call.body)).broken).toBe(true);
      expect(await record(own, call)).toMatchObject({ outcome: "truncated", error: "upstream_invalid" });
    });
    await upstream.close();
  });

  it.each(["converse-stream", "invoke-with-response-stream"])(
    "a connection cut inside a frame of %s is aborted, not ended (T18)",
    async (action) => {
      const call = await open(world, wire, "[[cut]] one two three four", action);
      expect((await brokenEvents(call.body)).broken).toBe(true);
      const ended = await record(world, call);
      expect(ended).toMatchObject({ outcome: "truncated", error: "upstream_invalid", status: 200 });
      expect(ended.usage?.source).toBe("estimated");
    },
  );

  it("a stream that ends properly but without its last event is aborted (T18)", async () => {
    const upstream = await startUpstream((socket) => {
      const delta = eventChunk("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "half" } });
      socket.end(
        Buffer.concat([
          Buffer.from(STREAM_HEAD),
          eventChunk("messageStart", {}),
          delta,
          Buffer.from(LAST_CHUNK),
        ]),
      );
    });
    await inWorld({ settings: { endpoints: { bedrockRuntime: upstream.url } } }, async (own) => {
      const call = await open(own, wire, "hello");
      expect((await brokenEvents(call.body)).broken).toBe(true);
      expect(await record(own, call)).toMatchObject({ outcome: "truncated" });
    });
    await upstream.close();
  });

  it("a stream on which Bedrock is silent for too long is aborted as a timeout (F4)", async () => {
    const upstream = await startUpstream((socket) => {
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), eventChunk("messageStart", {})]));
    });
    const settings = { timeouts: { idleSeconds: 0.2 }, endpoints: { bedrockRuntime: upstream.url } };
    await inWorld({ settings }, async (own) => {
      const call = await open(own, wire, "hello");
      const { events, broken } = await brokenEvents(call.body);
      expect([events.length, broken]).toEqual([1, true]);
      expect(await record(own, call)).toMatchObject({ outcome: "truncated", error: "upstream_timeout" });
    });
    await upstream.close();
  });

  it("an exception midway reaches the caller as Bedrock sent it, and is recorded", async () => {
    for (const [type, outcome] of [
      ["throttlingException", "throttled"],
      ["modelStreamErrorException", "upstream_error"],
      ["internalServerException", "upstream_error"],
    ]) {
      const call = await open(world, wire, `[[fail-mid-stream:${type}]] one two three four`);
      const last = (await Array.fromAsync(eventsOf(call.body))).at(-1);
      expect(last).toMatchObject({ kind: "exception", type });
      expect(await record(world, call)).toMatchObject({ outcome, upstreamErrorType: type });
    }
  });

  it("an exception in the first frame is an ordinary error, and a transient one is retried once", async () => {
    const call = await open(world, wire, "[[first-frame-error:throttlingException]]");
    expect(call.status).toBe(429);
    expect(call.headers).toMatchObject({ "x-amzn-errortype": "ThrottlingException", "retry-after": "1" });
    expect(await record(world, call)).toMatchObject({ outcome: "throttled", status: 429, attempts: 2 });
    const other = await open(world, wire, "[[first-frame-error:modelTimeoutException]]");
    expect(other.status).toBe(408);
    expect(await record(world, other)).toMatchObject({ attempts: 1 });
  });
});

describe("a stream never looks complete when it is not (F5)", () => {
  it.each(["[[cut]] one two three four", "[[bad-crc]] one two three four"])(
    "the chunked body of %s has no last chunk (T18)",
    async (prompt) => {
      const headers = [`x-api-key: ${world.token}`];
      const answer = await raw(
        world.gateway.url,
        request({ path: pathOf("converse-stream"), headers, body: converseBody(prompt) }),
      );
      expect(answer.status).toBe(200);
      expect(answer.complete).toBe(false);
      expect(answer.body).not.toContain("\r\n0\r\n\r\n");
    },
  );

  it("killing Bedrock midway aborts every stream, over each protocol version (T18)", async () => {
    await inWorld({}, async (own) => {
      const calls = await Promise.all(WIRES.map((wire) => open(own, wire, "[[slow:20]] [[long:500]]")));
      const streams = calls.map((call) => eventsOf(call.body));
      for (const stream of streams) expect((await stream.next()).done).toBe(false);
      await own.sandbox.close();
      for (const stream of streams) await expect(Array.fromAsync(stream)).rejects.toThrow();
      for (const call of calls) expect(await record(own, call)).toMatchObject({ outcome: "truncated" });
    });
  });

  it("AWS's own SDK throws for a stream that was cut off, and gives an exception midway its class", async () => {
    const client = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: world.gateway.url,
      token: { token: world.token },
      authSchemePreference: ["httpBearerAuth"],
      maxAttempts: 1,
    });
    const stream = async (text: string) => {
      const messages = [{ role: "user" as const, content: [{ text }] }];
      const answer = await client.send(new ConverseStreamCommand({ modelId: HAIKU, messages }));
      return Array.fromAsync(answer.stream!);
    };
    await expect(stream("[[cut]] one two three four")).rejects.toThrow();
    await expect(stream("[[bad-crc]] one two three four")).rejects.toThrow();
    await expect(stream("[[fail-mid-stream:throttlingException]] one two three four")).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    client.destroy();
  });
});

describe("the recorded usage equals that in the answer", () => {
  type Body = Record<string, Record<string, number>>;
  const prompt = "[[cache:7,3,2]] good morning";

  it("of Converse", async () => {
    const call = await open(world, "HTTP/1.1", prompt, "converse");
    const { usage = {} } = JSON.parse(await textOf(call.body)) as Body;
    expect(usage["inputTokens"]).toBeGreaterThan(0);
    expect((await record(world, call)).usage).toEqual(reported(usage));
  });

  it("of ConverseStream", async () => {
    const call = await open(world, "h2c", prompt);
    const metadata = (await Array.fromAsync(eventsOf(call.body))).find(({ type }) => type === "metadata");
    expect((await record(world, call)).usage).toEqual(reported((metadata!.payload as Body)["usage"]!));
  });

  it("of InvokeModel", async () => {
    const call = await open(world, "HTTP/1.1", prompt, "invoke");
    const { usage = {} } = JSON.parse(await textOf(call.body)) as Body;
    expect((await record(world, call)).usage).toEqual({
      inputTokens: usage["input_tokens"],
      outputTokens: usage["output_tokens"],
      cacheReadInputTokens: usage["cache_read_input_tokens"],
      cacheWriteInputTokens: usage["cache_creation_input_tokens"],
      cacheWrite1hInputTokens: 2,
      source: "reported",
    });
    expect(call.headers["x-amzn-bedrock-input-token-count"]).toBe(String(usage["input_tokens"]));
  });

  it("of InvokeModelWithResponseStream", async () => {
    const call = await open(world, "h2c", prompt, "invoke-with-response-stream");
    const last = (await Array.fromAsync(eventsOf(call.body))).at(-1) as StreamedEvent;
    const chunk = JSON.parse(Buffer.from(String(last.payload["bytes"]), "base64").toString()) as Body;
    const metrics = chunk["amazon-bedrock-invocationMetrics"]!;
    expect(metrics["inputTokenCount"]).toBeGreaterThan(0);
    expect((await record(world, call)).usage).toMatchObject({
      inputTokens: metrics["inputTokenCount"],
      outputTokens: metrics["outputTokenCount"],
      cacheWriteInputTokens: 3,
      cacheWrite1hInputTokens: 2,
      source: "reported",
    });
  });

  function reported(usage: Record<string, number>) {
    const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = usage;
    const counts = { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens };
    return { ...counts, cacheWrite1hInputTokens: 2, source: "reported" };
  }
});

describe("a caller who disconnects (F11)", () => {
  const slow = "[[slow:20]] [[long:40]]";

  it.each(WIRES)("is dropped, but the answer is read to its end for its usage (%s)", async (wire) => {
    const call = await open(world, wire, slow);
    const { requestId } = lastCall(world);
    await eventsOf(call.body).next();
    call.leave();
    expect(await record(world, call)).toMatchObject({
      outcome: "client_gone",
      usage: { source: "reported" },
    });
    const at = world.sandbox.calls().find((each) => each.requestId === requestId);
    expect(at).toMatchObject({ finished: true, aborted: false });
  });

  it.each(WIRES)("ends the call if the operator chose abort (%s)", async (wire) => {
    await inWorld({ settings: { callerGone: { policy: "abort" } } }, async (own) => {
      const call = await open(own, wire, "[[slow:20]] [[long:5000]]");
      await eventsOf(call.body).next();
      call.leave();
      const ended = await record(own, call);
      expect(ended).toMatchObject({ outcome: "client_gone", error: null, usage: { source: "estimated" } });
      expect(ended.usage?.inputTokens).toBeGreaterThan(0);
      await until(() => lastCall(own).aborted || undefined);
    });
  });

  it("has its answers read on only for a limited time and number", async () => {
    const forever = "[[slow:20]] [[long:5000]]";
    await inWorld({ settings: { callerGone: { calls: 2, seconds: 0.5 } } }, async (own) => {
      const calls = await Promise.all([1, 2, 3].map(() => open(own, "HTTP/1.1", forever)));
      for (const call of calls.slice(0, 2)) call.leave();
      await until(() => (own.sandbox.calls().some(({ aborted }) => aborted) ? true : undefined));
      const [, , third] = calls;
      third?.leave();
      for (const call of calls) expect(await record(own, call)).toMatchObject({ outcome: "client_gone" });
    });
    await inWorld({ settings: { callerGone: { calls: 1, seconds: 3600 } } }, async (own) => {
      const stays = await open(own, "HTTP/1.1", forever);
      stays.leave();
      const beyond = await open(own, "HTTP/1.1", forever);
      beyond.leave();
      expect(await record(own, beyond)).toMatchObject({
        outcome: "client_gone",
        usage: { source: "estimated" },
      });
      expect((await own.calls()).filter(({ outcome }) => outcome === "running")).toHaveLength(1);
    });
  });

  it.each(WIRES)(
    "before the answer began is recorded as client_gone, without a status (%s)",
    async (wire) => {
      await inWorld({}, async (own) => {
        own.sandbox.faults.set({ firstByteDelayMs: 500 });
        const gone = leavingWhile(own, wire, () =>
          own.sandbox.calls().some(({ service }) => service === "bedrock"),
        );
        await gone;
        const [ended] = await own.ended(1);
        expect(ended).toMatchObject({ outcome: "client_gone", status: null, error: null });
      });
    },
  );

  it("while the session is still being obtained is recorded as client_gone as well", async () => {
    await inWorld({ settings: { callerGone: { seconds: 2 } } }, async (own) => {
      own.sandbox.faults.set({ stsDelayMs: 500 });
      await leavingWhile(own, "HTTP/1.1", () => own.sandbox.calls().some(({ service }) => service === "sts"));
      const [ended] = await own.ended(1);
      expect(ended?.outcome).toBe("client_gone");
    });
  });

  /** Sends a call and disconnects, without an answer, once the condition holds. */
  async function leavingWhile(own: World, wire: (typeof WIRES)[number], holds: () => boolean): Promise<void> {
    if (wire === "h2c") {
      const { connect } = await import("node:http2");
      const session = connect(own.gateway.url);
      const stream = session.request({
        ":method": "POST",
        ":path": pathOf("converse-stream"),
        "x-api-key": own.token,
      });
      stream.on("error", () => undefined);
      stream.end(converseBody("[[long:3000]]"));
      await until(() => holds() || undefined);
      session.destroy();
      return;
    }
    const headers = { "x-api-key": own.token };
    const sent = http.request(own.gateway.url, {
      method: "POST",
      path: pathOf("converse-stream"),
      headers,
      agent: false,
    });
    sent.on("error", () => undefined);
    sent.end(converseBody("[[long:3000]]"));
    await until(() => holds() || undefined);
    sent.destroy();
  }
});

describe("large answers", () => {
  it("a whole answer of many megabytes arrives intact", async () => {
    const call = await open(world, "HTTP/1.1", "[[long:500000]]", "converse");
    const text = await textOf(call.body);
    const { output } = JSON.parse(text) as { output: { message: { content: { text: string }[] } } };
    expect(output.message.content[0]?.text.split(" ")).toHaveLength(500_000);
    expect((await record(world, call)).responseBytes).toBe(Buffer.byteLength(text));
  });
});
