/** Callers that sign with an access-key pair: AWS's own SDKs with only endpoint, region and credentials. */
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import AnthropicBedrock from "@anthropic-ai/bedrock-sdk";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { generateText } from "ai";
import fs from "node:fs";
import { Agent } from "node:https";
import net from "node:net";
import path from "node:path";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IssuedKeyView } from "../../src/admin/views/keys.ts";
import { amzDate } from "../../src/core/clock.ts";
import { startAdminFor } from "../support/admin.ts";
import { claudeBody, pathOf } from "../support/caller.ts";
import type { RawAnswer } from "../support/http.ts";
import { sendSigned, signedRequest, type Pair, type SignedRequest } from "../support/signed.ts";
import { HAIKU, newWorld, until, type World } from "../support/world.ts";

let world: World;
let pair: Pair;
beforeAll(async () => {
  world = await newWorld();
  pair = await world.newPair();
});
afterAll(() => world.close());

const HANDLERS = { h2c: {}, "HTTP/1.1": { requestHandler: new NodeHttpHandler() } };
type Wire = keyof typeof HANDLERS;

function sdk(wire: Wire, { accessKeyId, secretAccessKey }: Pair = pair): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: world.gateway.url,
    region: "eu-west-3",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    ...HANDLERS[wire],
  });
}

const asked = (text: string) => ({
  modelId: HAIKU,
  messages: [{ role: "user" as const, content: [{ text }] }],
});

describe.each(Object.keys(HANDLERS) as Wire[])("AWS's SDK over %s, with an access-key pair", (wire) => {
  it("converses", async () => {
    const answer = await sdk(wire).send(new ConverseCommand(asked("hello")));
    expect(answer.output?.message?.content?.[0]?.text).toContain("hello");
  });

  it("streams", async () => {
    const answer = await sdk(wire).send(new ConverseStreamCommand(asked("hello")));
    const events = await Array.fromAsync(answer.stream ?? []);
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBeGreaterThan(0);
  });

  it("invokes a model", async () => {
    const body = claudeBody("hello");
    const answer = await sdk(wire).send(
      new InvokeModelCommand({ modelId: HAIKU, body, contentType: "application/json" }),
    );
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({ type: "message" });
  });
});

describe("other clients with an access-key pair", () => {
  it("Anthropic's SDK for Bedrock creates messages", async () => {
    const client = new AnthropicBedrock({
      baseURL: world.gateway.url,
      awsRegion: "us-east-1",
      awsAccessKey: pair.accessKeyId,
      awsSecretKey: pair.secretAccessKey,
      maxRetries: 0,
    });
    const messages = [{ role: "user" as const, content: "hello" }];
    const answer = await client.messages.create({ model: HAIKU, max_tokens: 100, messages });
    expect(answer.content).toMatchObject([{ type: "text" }]);
  });

  it("the Vercel AI SDK, which leaves content-type unsigned, generates text", async () => {
    const { accessKeyId, secretAccessKey } = pair;
    const provider = createAmazonBedrock({
      baseURL: world.gateway.url,
      region: "us-east-1",
      accessKeyId,
      secretAccessKey,
    });
    const { text } = await generateText({ model: provider(HAIKU), prompt: "hello", maxRetries: 0 });
    expect(text).toContain("hello");
  });

  it.each(["/foundation-models", "/v1/models"])("a signed GET %s is answered", async (where) => {
    const answer = await send(signed({ method: "GET", path: where, body: "" }));
    expect(answer.status).toBe(200);
  });

  it("a signed request in OpenAI's protocol is answered in it", async () => {
    const body = JSON.stringify({ model: HAIKU, messages: [{ role: "user", content: "hello" }] });
    const answer = await send(signed({ path: "/v1/chat/completions", body }));
    expect(JSON.parse(answer.body)).toMatchObject({ object: "chat.completion" });
  });
});

function signed(change: Partial<Parameters<typeof signedRequest>[0]> = {}): SignedRequest {
  return signedRequest({ url: world.gateway.url, from: pair, ...change });
}

const send = (request: SignedRequest): Promise<RawAnswer> => sendSigned(world.gateway.url, request);

const refusalOf = ({ status, headers }: RawAnswer) => [
  status,
  headers["x-amzn-errortype"],
  headers["x-signet-error"],
];

const withHeader = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

const MISMATCH = [403, "InvalidSignatureException", "invalid_signature"];
const INCOMPLETE = [403, "IncompleteSignatureException", "incomplete_signature"];
const UNKNOWN = [403, "UnrecognizedClientException", "unknown_aws_credentials"];
const EXPIRED = [403, "InvalidSignatureException", "signature_expired"];

describe("a request changed in transit is refused with AWS's own codes and never reaches AWS", () => {
  const relisted = (request: SignedRequest, change: (names: string) => string) =>
    withHeader(
      request,
      "Authorization",
      (request.headers["Authorization"] ?? "").replace(
        /SignedHeaders=([^,]+)/,
        (_all, names: string) => `SignedHeaders=${change(names)}`,
      ),
    );

  const TAMPERINGS: [string, (request: SignedRequest) => SignedRequest, unknown[]][] = [
    ["the body", (request) => ({ ...request, body: request.body.replace("hello", "hullo") }), MISMATCH],
    ["the body's length", (request) => ({ ...request, body: `${request.body} ` }), MISMATCH],
    ["the path", (request) => ({ ...request, path: pathOf("converse-stream") }), MISMATCH],
    ["the host", (request) => withHeader(request, "host", "elsewhere.example.com"), MISMATCH],
    ["the content type", (request) => withHeader(request, "content-type", "text/plain"), MISMATCH],
    [
      "the date",
      (request) => withHeader(request, "X-Amz-Date", amzDate(Date.now() + 60_000)),
      // Across midnight the scope differs.
      MISMATCH,
    ],
    ["an old date", (request) => withHeader(request, "X-Amz-Date", yesterdays(request)), MISMATCH],
    [
      "a header left out of the list",
      (request) => relisted(request, (names) => names.replace("content-type;", "")),
      MISMATCH,
    ],
    [
      "host left out of the list",
      (request) => relisted(request, (names) => names.replace("host;", "")),
      INCOMPLETE,
    ],
    [
      "a guardrail slipped in",
      (request) => withHeader(request, "x-amzn-bedrock-guardrailidentifier", "g"),
      INCOMPLETE,
    ],
    [
      "a Signature taken away",
      (request) => withHeader(request, "Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e"),
      INCOMPLETE,
    ],
    [
      "the key swapped for another client's",
      (request) =>
        withHeader(
          request,
          "Authorization",
          (request.headers["Authorization"] ?? "").replace(pair.accessKeyId, other.accessKeyId),
        ),
      MISMATCH,
    ],
    [
      "the key replaced by one that doesn't exist",
      (request) =>
        withHeader(
          request,
          "Authorization",
          (request.headers["Authorization"] ?? "").replace(/SGNT[A-Z2-7]{16}/, "SGNTAAAAAAAAAAAAAAAA"),
        ),
      UNKNOWN,
    ],
    ["a session token added", (request) => withHeader(request, "x-amz-security-token", "t"), INCOMPLETE],
  ];

  let other: Pair;
  beforeAll(async () => {
    other = await world.newPair();
  });

  function yesterdays({ headers }: SignedRequest): string {
    const date = headers["X-Amz-Date"] ?? "";
    return `20250101${date.slice(8)}`;
  }

  describe.each([false, true])("(body's hash stated in a header: %s)", (stated) => {
    it.each(TAMPERINGS)("%s", async (_what, change, expected) => {
      const calls = world.sandbox.calls().length;
      const request = signed({ stated });
      const answer = await send(change(request));
      expect(refusalOf(answer)).toEqual(expected);
      expect(world.sandbox.calls()).toHaveLength(calls);
      // T30: nothing of what the gateway computed.
      expect(answer.body).not.toMatch(/canonical|string.to.sign|[0-9a-f]{64}/i);
      expect((await send(request)).status).toBe(200);
    });
  });
});

describe("a signed request", () => {
  it("is valid for five minutes, and refused after that with AWS's error", async () => {
    const date = amzDate(Date.now() - 6 * 60_000);
    const answer = await send(signed({ headers: { "X-Amz-Date": date } }));
    expect(refusalOf(answer)).toEqual(EXPIRED);
    expect(answer.body).toContain(`Signature expired: ${date} is now earlier than `);
    const client = sdk("HTTP/1.1");
    client.config.systemClockOffset = -60 * 60_000;
    await expect(client.send(new ConverseCommand(asked("hello")))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
    // The SDK has corrected its clock by that answer's date.
    expect((await client.send(new ConverseCommand(asked("hello")))).$metadata.httpStatusCode).toBe(200);
  });

  it("gets one identical answer for a pair that is unknown, revoked or expired (T27)", async () => {
    const unknown = { accessKeyId: "SGNTAAAAAAAAAAAAAAAA", secretAccessKey: "x" };
    const pairs = [
      unknown,
      await world.newPair({ revokedAt: 1 }),
      await world.newPair({ expiresAt: Date.now() - 1 }),
    ];
    const answers = await Promise.all(
      pairs.flatMap((from) => [send(signed({ from })), send(signed({ from, stated: true }))]),
    );
    const own = /^(?:date|x-signet-request-id|x-amzn-requestid)$/;
    const shown = answers.map((answer) => ({
      ...answer,
      headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !own.test(name))),
    }));
    for (const each of shown) expect(each).toEqual(shown[0]);
    expect(refusalOf(answers[0]!)).toEqual(UNKNOWN);
    expect(answers[0]?.body).toContain("The security token included in the request is invalid");
  });

  it("is refused with a session token, which pairs don't have", async () => {
    const answer = await send(signed({ headers: { "X-Amz-Security-Token": "token" } }));
    expect(refusalOf(answer)).toEqual(UNKNOWN);
  });

  it("is refused together with an API key", async () => {
    const answer = await send(withHeader(signed(), "x-api-key", world.token));
    expect(refusalOf(answer)[2]).toBe("conflicting_credentials");
  });

  it("is refused with an explanation if the signature is in the query", async () => {
    const presigned = `${pathOf("converse")}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0`;
    const answer = await send({ method: "POST", path: presigned, headers: { host: "h" }, body: "{}" });
    expect(refusalOf(answer)[2]).toBe("invalid_query");
    expect(answer.body).toContain("X-Amz-Algorithm");
  });

  it("passes signed headers on to Bedrock, and no unsigned ones", async () => {
    const ask = { modelId: HAIKU, body: claudeBody("hello") };
    const accepted = () =>
      world.sandbox.calls().findLast(({ operation }) => operation === "InvokeModel")?.headers["accept"];
    await sdk("HTTP/1.1").send(new InvokeModelCommand({ ...ask, accept: "application/json" }));
    expect(accepted()).toBe("application/json");
    const unsigned = signed({ path: pathOf("invoke"), body: ask.body });
    expect((await send(withHeader(unsigned, "accept", "image/png"))).status).toBe(200);
    expect(accepted()).toBeUndefined();
  });

  it("is recorded under its key, a refused one only if the signature proves the key", async () => {
    const mine = await world.newPair();
    const elsewhere = `arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0`;
    await send(signed({ from: mine }));
    await send(signed({ from: { ...mine, secretAccessKey: "wrong" } }));
    await send(signed({ from: mine, path: `/model/${encodeURIComponent(elsewhere)}/converse` }));
    const calls = await until(async () => {
      const found = (await world.calls()).filter(({ key }) => key === mine.id);
      return found.filter(({ outcome }) => outcome !== "running").length >= 2 ? found : undefined;
    });
    expect(calls.map(({ outcome, error }) => [outcome, error])).toEqual([
      ["ok", null],
      ["refused", "region_denied"],
    ]);
  });
});

describe("bodies of unauthenticated requests", () => {
  it("of one access key id use a bounded share of the gateway, whatever their source", async () => {
    const mine = await world.newPair();
    const { headers, body } = signed({ from: { ...mine, secretAccessKey: "a stranger's guess" } });
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const { hostname, port } = new URL(world.gateway.url);
    const answers: string[] = [];
    const sockets = Array.from({ length: 40 }, () => {
      const socket = net.connect({ host: hostname, port: Number(port) });
      socket.on("error", () => undefined);
      socket.once("data", (chunk: Buffer) => void answers.push(chunk.toString("latin1").slice(9, 12)));
      // All but the last byte.
      socket.write(`POST ${pathOf("converse")} HTTP/1.1\r\n${head.join("")}\r\n${body.slice(0, -1)}`);
      return socket;
    });
    await until(() => answers.length >= 8 || undefined);
    expect(answers).toEqual(Array.from({ length: 8 }, () => "503"));
    expect((await send(signed())).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await send(signed({ from: mine }))).status === 200 || undefined);
  });
});

describe("a pair issued by the admin API", () => {
  it("is shown once, with both parts, and works immediately, over TLS too", async () => {
    const pem = await generate([{ name: "commonName", value: "signet test" }]);
    const secure = await newWorld({
      listen: { tls: { cert: pem.cert, key: pem.private, plaintext: false } },
    });
    const admin = await startAdminFor(secure);
    const api = async (method: string, where: string, value?: object) => {
      const answer = await fetch(`${admin.url}/api/v1${where}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(value && { body: JSON.stringify(value) }),
      });
      return answer.text();
    };
    const token = await admin.token("admin");
    const issued = JSON.parse(await api("POST", "/keys", { client: "app", kind: "access-key-pair" }));
    const { key, accessKeyId, secretAccessKey } = issued as IssuedKeyView;
    expect(issued).not.toHaveProperty("secret");
    expect(key).toMatchObject({ kind: "access-key-pair", accessKeyId });
    const listed = await api("GET", "/keys");
    expect(listed).toContain(accessKeyId);
    expect(listed).not.toMatch(/sealed|digest|v1\./);
    expect(listed).not.toContain(secretAccessKey);
    const client = new BedrockRuntimeClient({
      endpoint: secure.gateway.url,
      region: "us-east-1",
      credentials: { accessKeyId: accessKeyId ?? "", secretAccessKey: secretAccessKey ?? "" },
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ rejectUnauthorized: false }) }),
    });
    // The gateway reads the store's changes within a second.
    const answer = await until(async () =>
      client.send(new ConverseCommand(asked("hello"))).catch((error: Error) => {
        if (error.name !== "UnrecognizedClientException") throw error;
        return undefined;
      }),
    );
    expect(answer.output?.message?.content?.[0]?.text).toContain("hello");
    await admin.close();
    await secure.close();
  });
});

describe("a revoked pair", () => {
  it("is refused within a second, and its running stream is cut off", async () => {
    const mine = await world.newPair();
    const answer = await sdk("HTTP/1.1", mine).send(
      new ConverseStreamCommand(asked("[[slow:20]] [[long:5000]]")),
    );
    const events = answer.stream![Symbol.asyncIterator]();
    await events.next();
    await world.store.keys.revoke(mine.id, Date.now());
    const revokedAt = performance.now();
    const succeededAt: number[] = [];
    await until(async () => {
      const sentAt = performance.now();
      const again = await send(signed({ from: mine }));
      if (again.status === 200) succeededAt.push(sentAt);
      return refusalOf(again)[2] === "unknown_aws_credentials" || undefined;
    });
    expect(succeededAt.filter((at) => at > revokedAt + 1_000)).toEqual([]);
    await expect(Array.fromAsync({ [Symbol.asyncIterator]: () => events })).rejects.toThrow();
  });
});

it("no secret of a pair is in a log line or a file (T26)", () => {
  const places = fs
    .readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  expect(places.length).toBeGreaterThan(2);
  const secret = pair.secretAccessKey;
  expect(places.filter((file) => fs.readFileSync(file).includes(secret))).toEqual([]);
  expect(world.logged.filter((line) => line.includes(secret))).toEqual([]);
});
