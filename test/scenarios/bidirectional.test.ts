/** InvokeModelWithBidirectionalStream with the real SDK: events both ways through the gateway, signed anew for AWS. */
import {
  BedrockRuntimeClient,
  InvokeModelWithBidirectionalStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSandbox } from "../../sandbox/index.ts";
import { allow, REGION, sessionWith } from "../../sandbox/testing.ts";
import type { Call } from "../../src/audit/calls.ts";
import { Secret } from "../../src/core/secret.ts";
import { encodeFrame, encodeHeaders } from "../../src/eventstream/encode.ts";
import { EventChain, EVENTS_PAYLOAD } from "../../src/sigv4/events.ts";
import { signRequest } from "../../src/sigv4/sign.ts";
import { newWorld, until, type World } from "../support/world.ts";

const SONIC = "amazon.nova-sonic-v1:0";
type Spoken = Record<string, Record<string, unknown>>;

const chunk = (event: Spoken) => ({
  chunk: { bytes: Buffer.from(JSON.stringify({ event })) },
});
const BEGIN: Spoken[] = [
  { sessionStart: { inferenceConfiguration: { maxTokens: 100 } } },
  { promptStart: { promptName: "p" } },
];
const say = (content: string, contentName = "c"): Spoken[] => [
  { contentStart: { promptName: "p", contentName, type: "TEXT", role: "USER" } },
  { textInput: { promptName: "p", contentName, content } },
  { contentEnd: { promptName: "p", contentName } },
];
const END: Spoken[] = [{ promptEnd: { promptName: "p" } }, { sessionEnd: {} }];

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const settings = (endpoint: string, credentials: Keys) => ({
  region: REGION,
  endpoint,
  credentials,
  maxAttempts: 1,
});

const clientFor = (endpoint: string, credentials: Keys) =>
  new BedrockRuntimeClient(settings(endpoint, credentials));

/** Says all events, and returns what is heard. */
async function conversation(
  speaker: BedrockRuntimeClient,
  events: AsyncIterable<Spoken>,
  heard: Spoken[] = [],
): Promise<Spoken[]> {
  async function* body() {
    for await (const event of events) yield chunk(event);
  }
  const { body: answer } = await speaker.send(
    new InvokeModelWithBidirectionalStreamCommand({ modelId: SONIC, body: body() }),
  );
  for await (const each of answer ?? []) {
    const { event } = JSON.parse(Buffer.from(each.chunk?.bytes ?? []).toString("utf8")) as { event: Spoken };
    heard.push(event);
  }
  return heard;
}

async function* inOrder(...events: Spoken[]): AsyncGenerator<Spoken> {
  yield* events;
}

const textsIn = (heard: Spoken[]) => heard.flatMap(({ textOutput }) => textOutput?.["content"] ?? []);

describe("the sandbox", () => {
  it("converses with the SDK directly", async () => {
    const sandbox = await startSandbox();
    const keys = sessionWith(sandbox, allow("bedrock:InvokeModel"));
    const direct = clientFor(sandbox.url, keys);
    const heard = await conversation(direct, inOrder(...BEGIN, ...say("hello"), ...END));
    expect(textsIn(heard)).toEqual(["You said: hello"]);
    direct.destroy();
    await sandbox.close();
  });
});

const OPERATION = "InvokeModelWithBidirectionalStream";

let world: World;
let client: BedrockRuntimeClient;
let keyId: string;
beforeEach(async () => {
  world = await newWorld();
  const pair = await world.newPair();
  keyId = pair.id;
  client = clientFor(world.gateway.url, pair);
});
afterEach(async () => {
  client.destroy();
  await world.close();
});

/** The call's record, once it has ended. */
async function recorded(): Promise<Call> {
  return until(async () =>
    (await world.calls()).find(({ operation, outcome }) => operation === OPERATION && outcome !== "running"),
  );
}

describe("through the gateway", () => {
  it("each answer comes before the next question is asked, and the call is recorded with its usage", async () => {
    const heard: Spoken[] = [];
    const questions = async function* () {
      yield* [...BEGIN, ...say("one", "a")];
      await until(() => (textsIn(heard).length === 1 ? true : undefined));
      yield* [...say("two", "b"), ...END];
    };
    await conversation(client, questions(), heard);

    expect(textsIn(heard)).toEqual(["You said: one", "You said: two"]);
    const usage = heard.findLast(({ usageEvent }) => usageEvent)?.["usageEvent"];
    expect(await recorded()).toMatchObject({
      model: SONIC,
      outcome: "ok",
      status: 200,
      project: null,
      usage: {
        inputTokens: usage?.["totalInputTokens"],
        outputTokens: usage?.["totalOutputTokens"],
        source: "reported",
      },
    });
    const arrived = world.sandbox.calls().find(({ operation }) => operation === OPERATION);
    expect(arrived).toMatchObject({ httpVersion: "2", finished: true, roleSessionName: expect.any(String) });
  });

  it("callers with a secret may converse: their SDK signs events with keys of its own, which are not looked at", async () => {
    const own = { accessKeyId: "AKIAFOREIGN", secretAccessKey: "foreign" };
    const bearer = new BedrockRuntimeClient({
      ...settings(world.gateway.url, own),
      token: { token: world.token },
      authSchemePreference: ["httpBearerAuth"],
    });
    expect(textsIn(await conversation(bearer, inOrder(...BEGIN, ...say("hello"), ...END)))).toEqual([
      "You said: hello",
    ]);
    bearer.destroy();
  });

  it("what Bedrock says against the events reaches the caller as its exception", async () => {
    const heard = conversation(client, inOrder({ promptStart: { promptName: "p" } }));
    await expect(heard).rejects.toMatchObject({
      name: "ValidationException",
      message: "The first event must be sessionStart.",
    });
    expect(await recorded()).toMatchObject({
      outcome: "client_error",
      upstreamErrorType: "ValidationException",
    });
  });

  it("a revocation cuts the conversation, and ends it at AWS", async () => {
    const heard: Spoken[] = [];
    const endless = async function* () {
      yield* [...BEGIN, ...say("one", "a")];
      await new Promise(() => undefined);
    };
    const talking = conversation(client, endless(), heard);
    talking.catch(() => undefined);
    await until(() => (textsIn(heard).length === 1 ? true : undefined));
    await world.store.keys.revoke(keyId, Date.now());
    await expect(talking).rejects.toThrow();
    expect(await recorded()).toMatchObject({ outcome: "revoked", error: "authentication_failed" });
    const arrived = () => world.sandbox.calls().find(({ operation }) => operation === OPERATION);
    // It would go on otherwise.
    await until(() => (arrived()?.aborted || arrived()?.finished ? true : undefined));
  });

  it("needs its own grant, and HTTP/2", async () => {
    const over1 = new BedrockRuntimeClient({
      ...settings(world.gateway.url, await world.newPair()),
      requestHandler: new NodeHttpHandler(),
    });
    await expect(conversation(over1, inOrder(...BEGIN, ...END))).rejects.toThrow("needs HTTP/2");
    over1.destroy();
    await world.close();
    world = await newWorld({
      grants: [{ operations: ["InvokeModel"], models: ["*"], regions: [REGION], settings: [] }],
    });
    const narrow = clientFor(world.gateway.url, await world.newPair());
    await expect(conversation(narrow, inOrder(...BEGIN, ...END))).rejects.toThrow(
      `The operation ${OPERATION} is not granted`,
    );
    narrow.destroy();
  });
});

/** A caller that writes its own frames. */
describe("events of a caller who signed", () => {
  const scope = { region: REGION, service: "bedrock" };
  const word = (value: string) => ({ type: "string", value }) as const;
  const event = (said: Spoken) =>
    encodeFrame(
      [
        [":event-type", word("chunk")],
        [":content-type", word("application/json")],
        [":message-type", word("event")],
      ],
      Buffer.from(JSON.stringify({ bytes: Buffer.from(JSON.stringify({ event: said })).toString("base64") })),
    );

  function framed(payload: Uint8Array, chain: EventChain, change = (signature: Buffer) => signature): Buffer {
    const date = { type: "timestamp", value: new Date() } as const;
    const headers = encodeHeaders([[":date", date]]);
    const signature = change(chain.sign({ date: date.value.getTime(), headers, payload }));
    return encodeFrame(
      [
        [":date", date],
        [":chunk-signature", { type: "binary", value: signature }],
      ],
      payload,
    );
  }

  /** A well-signed request, whose events may come. */
  async function opened() {
    const pair = await world.newPair();
    const secretAccessKey = new Secret(pair.secretAccessKey);
    const path = `/model/${encodeURIComponent(SONIC)}/invoke-with-bidirectional-stream`;
    const { host } = new URL(world.gateway.url);
    const own: [string, string][] = [
      ["content-type", "application/vnd.amazon.eventstream"],
      ["host", host],
    ];
    const signed = signRequest(
      { method: "POST", path, query: "", headers: own, body: "", payloadHash: EVENTS_PAYLOAD },
      { accessKeyId: pair.accessKeyId, secretAccessKey },
      scope,
      Date.now(),
    );
    const session = http2.connect(world.gateway.url);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      ":authority": host,
      "content-type": "application/vnd.amazon.eventstream",
      ...signed,
    });
    const chain = new EventChain(secretAccessKey, scope, signed.authorization.slice(-64));
    const answer = { status: 0, text: "" };
    stream.on("response", (headers) => (answer.status = Number(headers[":status"])));
    stream.on("data", (bytes: Buffer) => (answer.text += bytes.toString("latin1")));
    return { session, stream, chain, answer };
  }

  async function send(frames: (chain: EventChain) => Buffer[]): Promise<{ status: number; text: string }> {
    const { session, stream, chain, answer } = await opened();
    for (const frame of frames(chain)) stream.write(frame);
    stream.end();
    await once(stream, "close").catch(() => undefined);
    session.destroy();
    return answer;
  }

  const begun = (chain: EventChain) => BEGIN.map((said) => framed(event(said), chain));

  it("are accepted as they should be", async () => {
    const { status, text: answer } = await send((chain) => [
      ...begun(chain),
      ...END.map((said) => framed(event(said), chain)),
      framed(Buffer.alloc(0), chain),
    ]);
    expect(status).toBe(200);
    expect(answer).not.toContain("exception");
    expect((await recorded()).outcome).toBe("ok");
  });

  it("end when the caller leaves, and Bedrock says what was used", async () => {
    const { session, stream, chain, answer } = await opened();
    for (const said of [...BEGIN, ...say("hello")]) stream.write(framed(event(said), chain));
    const usage = Buffer.from('{"event":{"usageEvent"').toString("base64");
    await until(() => (answer.text.includes(usage.slice(0, 24)) ? true : undefined));
    session.destroy();
    expect(await recorded()).toMatchObject({ outcome: "client_gone", usage: { source: "reported" } });
  });

  it.each<[string, (chain: EventChain) => Buffer[], string]>([
    [
      "a signature is wrong",
      (chain) => [...begun(chain), framed(event(END[0]!), chain, (right) => Buffer.from(right.toReversed()))],
      "invalid_signature",
    ],
    ["one is missing in the chain", (chain) => begun(chain).slice(1), "invalid_signature"],
    ["two change places", (chain) => begun(chain).toReversed(), "invalid_signature"],
    ["one isn't signed", (chain) => [...begun(chain), event(END[0]!)], "invalid_signature"],
    ["the signed end is missing", begun, "invalid_body"],
    ["one is no event", (chain) => [framed(Buffer.from("hello, hello, hello"), chain)], "invalid_body"],
    [
      "they go on after the end",
      (chain) => [...begun(chain), framed(Buffer.alloc(0), chain), framed(event(END[0]!), chain)],
      "invalid_body",
    ],
  ])("end the call if %s, and AWS gets none of it", async (_, frames, code) => {
    const { status, text: answer } = await send(frames);
    const isInStream = status === 200;
    expect(isInStream ? answer : String(status)).toMatch(isInStream ? /exception.*stream/s : /^4/);
    expect(await recorded()).toMatchObject({ outcome: "client_error", error: code });
    const arrived = world.sandbox.calls().find(({ operation }) => operation === OPERATION);
    expect(arrived?.finished ?? false).toBe(false);
  });
});

it("a caller isn't read further than Bedrock reads", async () => {
  const silent = http2.createServer();
  silent.on("stream", (stream: http2.ServerHttp2Stream) => {
    stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
    stream.pause();
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  await world.close();
  world = await newWorld({ settings: { endpoints: { bedrockRuntime: `http://127.0.0.1:${port}` } } });
  const caller = clientFor(world.gateway.url, await world.newPair());
  let said = 0;
  const speech = "a".repeat(100_000);
  const endless = async function* () {
    for (;;) {
      said++;
      yield { audioInput: { promptName: "p", contentName: "c", content: speech } };
    }
  };
  conversation(caller, endless()).catch(() => undefined);
  let last = -1;
  // Until nothing more is taken.
  await until(async () => {
    const before = last;
    last = said;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return said > 0 && before === said ? true : undefined;
  });
  expect(said).toBeLessThan(100);
  caller.destroy();
  silent.close();
});

describe("before Bedrock answers", () => {
  const talkingTo = async (bedrockRuntime: string) => {
    await world.close();
    world = await newWorld({ settings: { endpoints: { bedrockRuntime } } });
    const caller = clientFor(world.gateway.url, await world.newPair());
    const endless = async function* () {
      yield* BEGIN;
      await new Promise(() => undefined);
    };
    const failure = await conversation(caller, endless()).catch((error: unknown) => error);
    caller.destroy();
    return failure;
  };

  it("an endpoint that can't be reached, or has no HTTP/2, is an ordinary error", async () => {
    const old = net.createServer((socket) =>
      socket.on("error", () => undefined).end("HTTP/1.1 400 Bad\r\n\r\n"),
    );
    old.listen(0, "127.0.0.1");
    await once(old, "listening");
    for (const port of [1, (old.address() as AddressInfo).port]) {
      expect(await talkingTo(`http://127.0.0.1:${port}`)).toMatchObject({
        name: "ServiceUnavailableException",
      });
      expect(await recorded()).toMatchObject({ outcome: "upstream_error", error: "upstream_unreachable" });
    }
    old.close();
  });

  it("its refusal is the caller's, while the caller still speaks", async () => {
    const denying = http2.createServer();
    denying.on("stream", (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ":status": 403, "x-amzn-errortype": "AccessDeniedException" });
      stream.end('{"message":"no"}');
    });
    denying.listen(0, "127.0.0.1");
    await once(denying, "listening");
    const { port } = denying.address() as AddressInfo;
    expect(await talkingTo(`http://127.0.0.1:${port}`)).toMatchObject({ name: "AccessDeniedException" });
    expect(await recorded()).toMatchObject({ outcome: "denied", error: "upstream_access_denied" });
    denying.close();
  });
});
