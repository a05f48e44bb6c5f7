/** Callers, disks and stores that don't behave: nobody else must notice, and nothing incomplete may pass as complete. */
import http2 from "node:http2";
import net from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { generate } from "selfsigned";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Audit } from "../../src/audit/types.ts";
import { SignetError } from "../../src/core/errors.ts";
import type { Store } from "../../src/store/store.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { startServe } from "../support/process.ts";
import { eventChunk, startUpstream, STREAM_HEAD } from "../support/upstream.ts";
import { HAIKU, newWorld, until, type World, type WorldOptions } from "../support/world.ts";

async function world(options: WorldOptions = {}): Promise<World> {
  const started = await newWorld(options);
  onTestFinished(() => started.close());
  return started;
}

const converse = `/model/${encodeURIComponent(HAIKU)}/converse`;

function call({ token }: World, text = "hello", target = converse): string {
  return request({ path: target, headers: [`x-api-key: ${token}`], body: converseBody(text) });
}

describe("slow unauthenticated connections (T31)", () => {
  it("are all closed, whatever they sent, while others are served", async () => {
    const pem = await generate([{ name: "commonName", value: "x" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    const { gateway, token } = await world({
      listen: { tls: { cert: pem.cert, key: pem.private, plaintext: true } },
    });
    const url = gateway.url.replace("https", "http");
    const beginnings = [
      "",
      "P",
      "GET / HT",
      `POST ${converse} HTTP/1.1\r\nhost: x\r\n`,
      "PRI * HT",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      Buffer.from([0x16, 0x03, 0x01]),
    ];
    const { port } = new URL(url);
    const slow = beginnings.flatMap((bytes) => Array.from({ length: 10 }, () => open(Number(port), bytes)));
    const others = await raw(
      url,
      request({ path: converse, headers: [`x-api-key: ${token}`], body: converseBody("hi") }),
    );
    expect(others.status).toBe(200);
    await until(() => slow.every(({ closed }) => closed) || undefined);
  });

  it("cannot be kept open by ignoring the answer", async () => {
    const { gateway } = await world();
    const socket = open(Number(new URL(gateway.url).port), "not http\r\n\r\n", true);
    socket.resume();
    await until(() => (socket.bytesRead > 0 ? true : undefined));
    // The gateway has closed its side: anything sent now is answered with a reset.
    const gone = await until(() => {
      if (!socket.closed) socket.write("x");
      return socket.closed || undefined;
    });
    expect(gone).toBe(true);
  });
});

function open(port: number, bytes: string | Buffer, allowHalfOpen = false): net.Socket {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen });
  socket.on("error", () => undefined);
  socket.on("data", () => undefined);
  if (bytes.length > 0) socket.write(bytes);
  return socket;
}

describe("HTTP/2 rapid reset (T32)", () => {
  it("ends its session, reaches AWS with nothing, and doesn't affect others", async () => {
    const here = await world();
    const session = http2.connect(here.gateway.url);
    session.on("error", () => undefined);
    const reset = () => {
      // A length that never comes: Node's client ends the body of a stream before it resets it.
      const headers = { "x-api-key": here.token, "content-length": "10" };
      const stream = session.request({ ":method": "POST", ":path": converse, ...headers });
      stream.on("error", () => undefined);
      stream.close(http2.constants.NGHTTP2_CANCEL);
    };
    await until(() => {
      for (let i = 0; i < 200 && !session.closed && !session.destroyed; i++) reset();
      return session.closed || session.destroyed || undefined;
    });
    expect((await raw(here.gateway.url, call(here))).status).toBe(200);
    expect(here.sandbox.calls().filter(({ service }) => service === "bedrock")).toHaveLength(1);
  });
});

describe("an HTTP/2 body reset before its end", () => {
  it.each(["NGHTTP2_CANCEL", "NGHTTP2_NO_ERROR"] as const)(
    "with %s is not taken as complete, and nothing of it reaches AWS",
    async (code) => {
      const here = await world();
      const session = http2.connect(here.gateway.url);
      for (let i = 0; i < 20; i++) {
        const stream = session.request({ ":method": "POST", ":path": converse, "x-api-key": here.token });
        stream.on("error", () => undefined);
        stream.write('{"messages":[{"role":"user","content":[{"text":"hello"}]}]}');
        // Its bytes are sent before the reset.
        await new Promise((resolve) => void session.ping(resolve));
        stream.close(http2.constants[code]);
      }
      await new Promise((resolve) => void session.ping(resolve));
      session.close();
      expect((await raw(here.gateway.url, call(here))).status).toBe(200);
      expect(here.sandbox.calls().filter(({ service }) => service === "bedrock")).toHaveLength(1);
    },
  );
});

describe("an answer in progress", () => {
  it("isn't mixed with a second answer if garbage follows on the connection", async () => {
    const here = await world();
    const stream = call(here, "[[slow:30]] one two three four five six", `${converse}-stream`);
    const answer = await raw(here.gateway.url, `${stream}garbage\r\n\r\n`);
    expect(answer.body).not.toContain("HTTP/1.1");
    expect(answer.complete).toBe(false);
  });

  it("over HTTP/1.0, where the end of the connection ends the body, is reset rather than ended when it is cut off (T18)", async () => {
    const here = await world();
    const stream = call(here, "one two [[cut]]", `${converse}-stream`).replace("HTTP/1.1", "HTTP/1.0");
    const socket = net.connect({ port: Number(new URL(here.gateway.url).port), host: "127.0.0.1" });
    let ended = false;
    socket.on("end", () => (ended = true));
    socket.on("data", () => undefined);
    socket.write(stream);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    expect(ended).toBe(false);
  });

  it("is aborted with 503 as soon as its intent can't be written, even while Bedrock is silent", async () => {
    const silent = await startUpstream(() => undefined);
    onTestFinished(() => silent.close());
    const here = await world({
      settings: { endpoints: { bedrockRuntime: silent.url } },
      audit: (audit) => notDurable(audit, () => silent.requests > 0),
    });
    const answer = await raw(here.gateway.url, call(here));
    expect([answer.status, answer.headers["x-signet-error"]]).toEqual([503, "audit_unavailable"]);
    expect(silent.requests).toBe(1);
  });
});

/** Syncs fail, and the failure is known once `when` holds. */
function notDurable(audit: Audit, when: () => boolean): Audit {
  return {
    intent(record) {
      const { written } = audit.intent(record);
      const durable = until(() => when() || undefined).then(() => {
        throw new SignetError("audit_unavailable", "EIO");
      });
      durable.catch(() => undefined);
      return { written, durable };
    },
    outcome: (record) => audit.outcome(record),
    refusal: (record) => audit.refusal(record),
    change: (record) => audit.change(record),
    chains: (heads) => audit.chains(heads),
    head: () => audit.head(),
    available: () => audit.available(),
    stats: () => audit.stats(),
    close: () => audit.close(),
  };
}

describe("the store (F9)", () => {
  it("is read again until it succeeds, so that no revocation is lost to a failed read", async () => {
    let failures = 0;
    const failing = (store: Store): Store => ({
      ...store,
      transaction: (work) => store.transaction(work),
      watch: (...watching) => store.watch(...watching),
      close: () => store.close(),
      async changesSince(revision) {
        if (failures === 0) return store.changesSince(revision);
        failures--;
        throw new Error("the disk hiccups");
      },
    });
    const here = await world({ followed: failing });
    const { id, token } = await here.newKey();
    const status = async () =>
      (
        await raw(
          here.gateway.url,
          request({ path: converse, headers: [`x-api-key: ${token}`], body: converseBody("x") }),
        )
      ).status;
    expect(await status()).toBe(200);
    failures = 3;
    await here.store.keys.revoke(id, 1);
    await until(async () => ((await status()) === 403 ? true : undefined));
    expect(failures).toBe(0);
  });
});

describe("draining (F7)", () => {
  it("sends GOAWAY to HTTP/2 callers, and lets a slow reader finish its answer", async () => {
    const many = 3000;
    const upstream = await startUpstream(async (socket) => {
      socket.write(STREAM_HEAD);
      socket.write(eventChunk("messageStart", { role: "assistant" }));
      for (let i = 0; i < many; i++)
        socket.write(eventChunk("contentBlockDelta", { delta: { text: "x".repeat(1000) } }));
      socket.write(eventChunk("messageStop", { stopReason: "end_turn" }));
      socket.write("0\r\n\r\n");
    });
    onTestFinished(() => upstream.close());
    const here = await newWorld({ settings: { endpoints: { bedrockRuntime: upstream.url } } });
    const session = http2.connect(here.gateway.url);
    const goaway = once(session, "goaway");
    const stream = session.request({
      ":method": "POST",
      ":path": `${converse}-stream`,
      "x-api-key": here.token,
    });
    stream.end(converseBody("hello"));
    stream.pause();
    await once(stream, "response");
    const closed = here.gateway.close(30);
    await goaway;
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
    stream.resume();
    await once(stream, "end");
    expect(stream.rstCode).toBe(0);
    expect(bytes).toBeGreaterThan(many * 1000);
    await closed;
    expect((await here.calls()).map(({ outcome, responseBytes }) => [outcome, responseBytes])).toEqual([
      ["ok", bytes],
    ]);
    await here.close();
  });
});

describe("signet serve", () => {
  it("exits with 1 and the reason if its port is in use", async () => {
    const taken = net.createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as net.AddressInfo;
    const data = mkdtempSync(path.join(tmpdir(), "signet-port-"));
    onTestFinished(() => {
      taken.close();
      rmSync(data, { recursive: true, force: true });
    });
    const starting = startServe({ data, env: { SIGNET_LISTEN_PORT: String(port) } });
    await expect(starting).rejects.toThrow(/ended with 1:.*EADDRINUSE/s);
  });
});
