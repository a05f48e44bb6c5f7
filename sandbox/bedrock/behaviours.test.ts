/** The markers that make a model misbehave, and the switches that make the service do so. */
import { connect } from "node:net";
import { once } from "node:events";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startSandbox } from "../index.ts";
import type { Sandbox } from "../index.ts";
import {
  CLAUDE,
  allow,
  bedrockClient,
  collect,
  lend,
  says,
  sendRaw,
  sessionWith,
  signedRequest,
  stsClient,
} from "../testing.ts";
import type { Keys, RawAnswer } from "../testing.ts";
import { encodeFrame } from "./eventstream.ts";

const MODEL_PATH = `/model/${encodeURIComponent(CLAUDE)}`;

let sandbox: Sandbox;
let keys: Keys;
beforeEach(async () => {
  sandbox = await startSandbox();
  keys = sessionWith(sandbox, allow("bedrock:*"));
});
afterEach(() => sandbox.close());

async function converse(text: string): Promise<string | undefined> {
  const command = new ConverseCommand({ modelId: CLAUDE, messages: says(text) });
  const { output } = await bedrockClient(sandbox, keys).send(command);
  return output?.message?.content?.[0]?.text;
}

/** The kinds of the events that arrive before the stream ends or fails. */
async function streamed(text: string, http1: boolean): Promise<{ kinds: string[]; error: Error | null }> {
  const command = new ConverseStreamCommand({ modelId: CLAUDE, messages: says(text) });
  const kinds: string[] = [];
  try {
    const { stream } = await bedrockClient(sandbox, keys, { http1 }).send(command);
    for await (const event of stream!) kinds.push(Object.keys(event)[0]!);
    return { kinds, error: null };
  } catch (error) {
    return { kinds, error: error as Error };
  }
}

async function rawStream(text: string): Promise<RawAnswer> {
  const body = JSON.stringify({ messages: says(text) });
  return sendRaw(
    sandbox,
    await signedRequest(sandbox, keys, { path: `${MODEL_PATH}/converse-stream`, body }),
  );
}

describe("markers", () => {
  it.each([
    ["[[throttle]]", "ThrottlingException", 429],
    ["[[not-subscribed]]", "AccessDeniedException", 403],
    ["[[error:500]]", "InternalServerException", 500],
    ["[[error:503]]", "ServiceUnavailableException", 503],
    ["[[error:424]]", "ModelErrorException", 424],
    ["[[first-frame-error:throttlingException]]", "ThrottlingException", 429],
  ])("%s answers %s", async (marker, name, status) => {
    const refused = { name, $metadata: expect.objectContaining({ httpStatusCode: status }) };
    await expect(converse(marker)).rejects.toMatchObject(refused);
  });

  it("names the marketplace where the model isn't subscribed", async () => {
    await expect(converse("[[not-subscribed]]")).rejects.toThrow("aws-marketplace:Subscribe");
  });

  it("leaves text alone that only looks like a marker", async () => {
    expect(await converse("a [[b]] c [[ d")).toBe("You said: a [[b]] c [[ d");
  });

  it("[[long:N]] answers N words, each an event", async () => {
    const { kinds } = await streamed("[[long:500]]", true);
    expect(kinds.filter((kind) => kind === "contentBlockDelta")).toHaveLength(500);
  });

  describe.each([{ http1: true }, { http1: false }])("over HTTP/1.1: $http1", ({ http1 }) => {
    it("[[fail-mid-stream]] sends an exception after some events", async () => {
      const { kinds, error } = await streamed("[[fail-mid-stream:throttlingException]] a b c d", http1);
      expect(kinds).toHaveLength(4);
      expect(error).toMatchObject({ name: "ThrottlingException" });
    });

    it("[[first-frame-error]] answers 200 and an exception for its first frame", async () => {
      const { kinds, error } = await streamed("[[first-frame-error:serviceUnavailableException]]", http1);
      expect(kinds).toEqual([]);
      expect(error).toMatchObject({ name: "ServiceUnavailableException" });
      expect(sandbox.calls().at(-1)?.status).toBe(200);
    });

    it("[[cut]] ends the connection within a frame, which no client takes for an end (T18)", async () => {
      const { kinds, error } = await streamed("[[cut]] a b c d", http1);
      expect(kinds.length).toBeLessThanOrEqual(3);
      expect(error).not.toBeNull();
      await vi.waitUntil(() => sandbox.calls().at(-1)?.finished === false);
    });

    it("[[bad-crc]] damages one frame's checksum (T17)", async () => {
      const { kinds, error } = await streamed("[[bad-crc]] a b c d", http1);
      expect(kinds).toHaveLength(3);
      expect(error?.message).toMatch(/checksum/);
    });
  });
});

describe("the stream on the wire", () => {
  it("has Bedrock's headers on each frame", async () => {
    const answer = await rawStream("hi");
    expect(answer.headers["content-type"]).toBe("application/vnd.amazon.eventstream");
    expect(answer.body).toContain(":event-type");
  });

  it("encodes frames as AWS's own codec reads them", () => {
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes).toString(),
      (text) => Buffer.from(text),
    );
    const frame = encodeFrame({ ":message-type": "event", ":event-type": "größe" }, '{"a":1}');
    const { headers, body } = codec.decode(frame);
    expect(headers[":event-type"]).toEqual({ type: "string", value: "größe" });
    expect(Buffer.from(body).toString()).toBe('{"a":1}');
  });
});

describe("callers who leave", () => {
  it.each([{ http1: true }, { http1: false }])(
    "are recorded as aborted (HTTP/1.1: $http1)",
    async ({ http1 }) => {
      const abort = new AbortController();
      const command = new ConverseStreamCommand({
        modelId: CLAUDE,
        messages: says("[[slow:20]] [[long:100000]]"),
      });
      const { stream } = await bedrockClient(sandbox, keys, { http1 }).send(command, {
        abortSignal: abort.signal,
      });
      for await (const event of stream!) {
        if (event.contentBlockDelta === undefined) continue;
        break;
      }
      abort.abort();
      await vi.waitUntil(() => sandbox.calls().at(-1)?.aborted === true, { timeout: 30_000 });
      expect(sandbox.calls().at(-1)).toMatchObject({ status: 200, finished: false });
    },
  );

  it("who don't read are waited for, not written ahead of (T35)", async () => {
    const body = JSON.stringify({ messages: says("[[long:200000]]") });
    const { headers } = await signedRequest(sandbox, keys, { path: `${MODEL_PATH}/converse-stream`, body });
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${MODEL_PATH}/converse-stream HTTP/1.1\r\n${lines.join("")}content-length: ${body.length}\r\n\r\n`;
    socket.write(head + body);
    await once(socket, "readable");
    socket.pause();
    expect(sandbox.calls().at(-1)?.finished).toBe(false);
    socket.resume();
    socket.on("data", () => undefined);
    await vi.waitUntil(() => sandbox.calls().at(-1)?.finished === true, { timeout: 30_000 });
    socket.destroy();
  });
});

describe("faults", () => {
  it("take STS down, throttle it, break it, or make it talk nonsense", async () => {
    const sts = stsClient(sandbox, lend(sandbox).seeded);
    const call = () => sts.send(new GetCallerIdentityCommand({}));
    sandbox.faults.set({ stsDown: true });
    await expect(call()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(sandbox.calls().at(-1)).toMatchObject({ status: null, finished: false });
    sandbox.faults.clear();
    sandbox.faults.set({ stsThrottled: true });
    await expect(call()).rejects.toMatchObject({ name: "Throttling" });
    sandbox.faults.clear();
    sandbox.faults.set({ stsStatus500: true });
    await expect(call()).rejects.toMatchObject({
      $metadata: expect.objectContaining({ httpStatusCode: 500 }),
    });
    sandbox.faults.clear();
    sandbox.faults.set({ stsGarbage: true });
    await expect(call()).rejects.toThrow();
    sandbox.faults.clear();
    await expect(call()).resolves.toBeDefined();
  });

  it("take Bedrock down, or let it fail", async () => {
    sandbox.faults.set({ bedrockDown: true });
    await expect(converse("hi")).rejects.toThrow();
    sandbox.faults.clear();
    sandbox.faults.set({ bedrock500: true });
    await expect(converse("hi")).rejects.toMatchObject({ name: "InternalServerException" });
    sandbox.faults.clear();
    expect(await converse("hi")).toBe("You said: hi");
  });

  it("skew the clock of signatures and of the Date header", async () => {
    sandbox.faults.set({ clockSkewMs: 3_600_000 });
    const answer = await rawStream("hi");
    expect(answer.body).toContain("Signature expired");
    expect(Date.parse(String(answer.headers["date"])) - Date.now()).toBeGreaterThan(3_500_000);
  });
});

it("streams the same text that it answers whole", async () => {
  const whole = await converse("one  two three ");
  const command = new ConverseStreamCommand({ modelId: CLAUDE, messages: says("one  two three ") });
  const events = await collect((await bedrockClient(sandbox, keys).send(command)).stream);
  expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("")).toBe(whole);
});
