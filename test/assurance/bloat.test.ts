/**
 * T33 to T35: decompression bombs, JSON that is all brackets, and streams that nobody reads. A concurrent honest
 * caller gets every answer, and the process stays within its bounds.
 */
import http from "node:http";
import { once } from "node:events";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf } from "../support/caller.ts";
import { converseBody } from "../support/http.ts";
import { startEndless, type Endless } from "../support/endless.ts";
import { startServed, type Served } from "../support/served.ts";
import { HAIKU, until } from "../support/world.ts";
import { beside, residentMb } from "./beside.ts";
import { figure, tries } from "./figure.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.close());

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(new URL(path, served.serving.url), {
    method: "POST",
    headers: { authorization: `Bearer ${served.token}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return { status: answer.status, text: await answer.text() };
}

const bedrockCalls = () => served.sandbox.calls().filter(({ service }) => service === "bedrock");

describe("decompression bombs", () => {
  it("are rejected in every encoding and take no memory (T33)", async (context) => {
    const zeros = Buffer.alloc(tries(5_000_000, 100_000_000));
    const packed: [encoding: string, body: Buffer][] = [
      ["gzip", gzipSync(zeros)],
      ["x-gzip", gzipSync(zeros)],
      ["GZIP", gzipSync(zeros)],
      ["gzip, gzip", gzipSync(gzipSync(zeros))],
      ["identity, gzip", gzipSync(zeros)],
      ["deflate", deflateSync(zeros)],
      ["br", brotliCompressSync(zeros)],
      ["zstd", zstdCompressSync(zeros)],
      ["compress", gzipSync(zeros)],
      ["anything", gzipSync(zeros)],
    ];
    const before = residentMb(served);
    const calls = bedrockCalls().length;
    for (const path of [pathOf("converse"), "/v1/chat/completions", "/v1/messages"]) {
      for (const [encoding, body] of packed) {
        const { status } = await post(path, body, { "content-encoding": encoding });
        expect([path, encoding, status]).toEqual([path, encoding, 415]);
      }
    }
    const grown = residentMb(served) - before;
    expect(bedrockCalls()).toHaveLength(calls);
    expect(grown).toBeLessThan(50);
    figure(context, `${packed.length} encodings of ${zeros.length / 1e6} MB: ${Math.round(grown)} MB more`);
  });

  it("aren't requested: Bedrock is asked to send its answers uncompressed (T33)", async () => {
    expect(
      (await post(pathOf("converse"), converseBody("hello"), { "accept-encoding": "gzip, br" })).status,
    ).toBe(200);
    expect(bedrockCalls().at(-1)?.headers["accept-encoding"] ?? "identity").toBe("identity");
  });
});

describe("JSON that is almost all brackets", () => {
  const levels = 100_000;
  const megabytes = tries(2, 20);
  const size = megabytes * 1_000_000;
  const nested = "[".repeat(levels) + "]".repeat(levels);
  const unclosed = JSON.stringify("[".repeat(size));
  const bodies: Record<string, string> = {
    "brackets that never close": "[".repeat(size),
    "objects that never close": '{"a":'.repeat(size / 5),
    "a field of 100,000 levels": `{"model":"${HAIKU}","messages":${nested}}`,
    "an unknown field of 100,000 levels": `{"model":"${HAIKU}","x":${nested}}`,
    "brackets that close": "[".repeat(size / 2) + "]".repeat(size / 2),
    "empty arrays": `{"messages":[${"[],".repeat(size / 3)}[]]}`,
    "empty objects": `{"messages":[${"{},".repeat(size / 3)}{}]}`,
    numbers: `{"input":[${"1,".repeat(size / 2)}1]}`,
    "one number": `{"max_tokens":${"1".repeat(size)}}`,
    quotes: `{"a":"${String.raw`\"`.repeat(size / 2)}`,
    blanks: `${" ".repeat(size)}{`,
    "brackets in a tool's arguments": `{"model":"${HAIKU}","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"a","arguments":${unclosed}}}]}]}`,
  };
  const paths = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/messages",
    "/v1/messages/count_tokens",
    `/v1beta/models/${HAIKU}:generateContent`,
    "/async-invoke",
  ];

  it("is rejected with a coded error and delays nobody (T34)", async (context) => {
    const before = residentMb(served);
    const calls = bedrockCalls().length;
    const { result, wrong, report } = await beside(served, async () => {
      const answers: string[] = [];
      for (const path of paths) {
        for (const [name, body] of Object.entries(bodies)) {
          const { status, text } = await post(path, body);
          if (![400, 404, 413].includes(status))
            answers.push(`${name} to ${path}: ${status} ${text.slice(0, 100)}`);
        }
      }
      return answers;
    });
    expect(result).toEqual([]);
    expect(wrong).toEqual([]);
    expect(bedrockCalls().length - calls).toBeGreaterThan(1);
    const grown = Math.round(residentMb(served) - before);
    const count = paths.length * Object.keys(bodies).length;
    figure(context, `${count} bodies of up to ${megabytes} MB: ${grown} MB more, ${report}`);
  });
});

describe("streams that nobody reads", () => {
  let endless: Endless;
  let stalled: Served;
  beforeAll(async () => {
    endless = await startEndless();
    stalled = await startServed({
      env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endless.url, SIGNET_CALLER_GONE_POLICY: "abort" },
    });
  });
  afterAll(async () => {
    await stalled.close();
    endless.close();
  });

  /** A stream's answer whose body isn't read. */
  async function unread(): Promise<http.IncomingMessage> {
    const headers = { "x-api-key": stalled.token, "content-type": "application/json" };
    const parts = { method: "POST", path: pathOf("converse-stream"), headers, agent: false };
    const asked = http.request(stalled.serving.url, parts);
    asked.end(converseBody("on and on"));
    const [answer] = (await once(asked, "response")) as [http.IncomingMessage];
    asked.on("error", () => undefined);
    return answer.on("error", () => undefined).pause();
  }

  /** Memory that readers take anyway: a stream of a megabyte, and then they leave. */
  async function readSome(): Promise<void> {
    const answer = await unread();
    let read = 0;
    for await (const chunk of answer) if ((read += (chunk as Buffer).length) > 1_000_000) break;
    answer.destroy();
  }

  /** Waits until Bedrock couldn't send anything more for a second. */
  async function standstill(): Promise<void> {
    let taken = -1;
    while (taken !== endless.taken) {
      ({ taken } = endless);
      await new Promise((resolve) => void setTimeout(resolve, 1000));
    }
  }

  it("keep Bedrock waiting and take less than 100 MB for 100 of them (T35)", async (context) => {
    await Promise.all(Array.from({ length: 100 }, readSome));
    const before = residentMb(stalled);
    const earlier = endless.taken;
    const answers = await Promise.all(Array.from({ length: 100 }, unread));
    const { wrong, report } = await beside(stalled, standstill);
    const grown = residentMb(stalled) - before;
    expect(wrong).toEqual([]);
    expect(endless.open).toBe(100);
    expect(grown).toBeLessThan(100);
    const sent = Math.round((endless.taken - earlier) / 1e6);
    for (const answer of answers) answer.destroy();
    await until(() => endless.open === 0 || undefined);
    figure(
      context,
      `100 stalled readers: ${Math.round(grown)} MB more, ${sent} MB taken from Bedrock, ${report}`,
    );
  });
});
