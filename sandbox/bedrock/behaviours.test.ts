/** The markers that make a model misbehave, and the switches that make the service do so. */
import { once } from "node:events";
import type { EventEmitter } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startSandbox } from "../index.ts";
import type { CallRecord, Sandbox } from "../index.ts";
import {
  CLAUDE,
  allow,
  bedrockClient,
  collect,
  delegateRole,
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

  it("names the marketplace if the model isn't subscribed", async () => {
    await expect(converse("[[not-subscribed]]")).rejects.toThrow("aws-marketplace:Subscribe");
  });

  it("leaves text unchanged that only looks like a marker", async () => {
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

    it("[[first-frame-error]] answers 200 and an exception as the first frame", async () => {
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
  it("has Bedrock's headers in each frame", async () => {
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

/** The newest call's record after its caller disconnected in the middle of the answer. */
async function leave(caller: EventEmitter, close: () => void): Promise<CallRecord | undefined> {
  await once(caller, "data");
  close();
  await vi.waitUntil(() => sandbox.calls().at(-1)?.aborted === true, { timeout: 30_000 });
  return sandbox.calls().at(-1);
}

describe("callers who disconnect", () => {
  const PATH = `${MODEL_PATH}/converse-stream`;
  const body = JSON.stringify({ messages: says("[[slow:20]] [[long:100000]]") });

  it("are recorded as aborted over HTTP/1.1", async () => {
    const { headers } = await signedRequest(sandbox, keys, { path: PATH, body });
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ ...headers, "content-length": body.length }).map((each) =>
      each.join(": "),
    );
    socket.write([`POST ${PATH} HTTP/1.1`, ...lines, "", body].join("\r\n"));
    const record = await leave(socket, () => socket.destroy());
    expect(record).toMatchObject({ status: 200, finished: false });
  });

  it("are recorded as aborted over h2c, where only the stream ends", async () => {
    const { headers } = await signedRequest(sandbox, keys, { path: PATH, body });
    const session = connectHttp2(sandbox.url);
    const stream = session.request({ ...headers, ":method": "POST", ":path": PATH });
    stream.end(body);
    const record = await leave(stream, () => stream.close(constants.NGHTTP2_CANCEL));
    expect(record).toMatchObject({ status: 200, finished: false });
    expect(session.closed).toBe(false);
    session.destroy();
  });
});

describe("faults", () => {
  it("take STS down, throttle it, break it, or make it answer garbage", async () => {
    const sts = stsClient(sandbox, delegateRole(sandbox).seeded);
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
    await expect(call()).rejects.toBeInstanceOf(Error);
    sandbox.faults.clear();
    await expect(call()).resolves.toBeDefined();
  });

  it("take Bedrock down, or make it fail", async () => {
    sandbox.faults.set({ bedrockDown: true });
    await expect(converse("hi")).rejects.toBeInstanceOf(Error);
    expect(sandbox.calls().at(-1)).toMatchObject({ status: null, finished: false });
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
