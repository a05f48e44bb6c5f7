/** HTTP as callers really use it: connections kept and shared, bodies in pieces, several protocols on one port. */
import http2 from "node:http2";
import net from "node:net";
import { once } from "node:events";
import tls from "node:tls";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf } from "../support/caller.ts";
import { converseBody, raw, request } from "../support/http.ts";
import { newWorld, until, type World } from "../support/world.ts";

let world: World;
let secure: World;
let both: World;

beforeAll(async () => {
  const pem = await generate([{ name: "commonName", value: "signet test" }]);
  const certificate = { cert: pem.cert, key: pem.private };
  [world, secure, both] = await Promise.all([
    newWorld(),
    newWorld({ listen: { tls: { ...certificate, plaintext: false } } }),
    newWorld({ listen: { tls: { ...certificate, plaintext: true } } }),
  ]);
});
afterAll(() => Promise.all([world.close(), secure.close(), both.close()]));

const path = pathOf("converse");
const key = (of = world) => `x-api-key: ${of.token}`;
const portOf = (of: World) => Number(new URL(of.gateway.url).port);
const converse = (prompt: string) => request({ path, headers: [key()], body: converseBody(prompt) });

/** A connection, and what it received so far. */
function connect(of = world) {
  const socket = net.connect(portOf(of), "127.0.0.1");
  let received = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => void (received += chunk.toString("utf8")));
  const seen = (pattern: RegExp, times = 1) =>
    until(() => ([...received.matchAll(new RegExp(pattern, "g"))].length >= times ? received : undefined));
  return { socket, seen };
}

describe("HTTP/1.1", () => {
  it("serves consecutive requests on one connection, including errors", async () => {
    const { socket, seen } = connect();
    socket.write(converse("first"));
    await seen(/You said: first/);
    socket.write(converse("[[throttle]]"));
    await seen(/ThrottlingException/);
    socket.write(request({ path: pathOf("converse").replace("us.", "eu."), headers: [key()], body: "{}" }));
    await seen(/ValidationException/);
    socket.write(converse("second"));
    await seen(/You said: second/);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  it("answers pipelined requests in order", async () => {
    const { socket, seen } = connect();
    socket.write(converse("[[slow:100]] one") + converse("two") + converse("three"));
    const received = await seen(/You said/, 3);
    expect(received.match(/You said: \w+/g)).toEqual(["You said: one", "You said: two", "You said: three"]);
    socket.destroy();
  });

  it("sends 100-continue to a caller, but not to a stranger", async () => {
    const body = converseBody("patient");
    const head = (token: string) =>
      request({
        path,
        headers: [`x-api-key: ${token}`, "expect: 100-continue", `content-length: ${body.length}`],
        unframed: true,
      });
    const known = connect();
    known.socket.write(head(world.token));
    await known.seen(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    known.socket.write(body);
    await known.seen(/You said: patient/);
    known.socket.destroy();
    const stranger = await raw(world.gateway.url, head("nobody"));
    expect([stranger.status, stranger.headers["x-signet-error"]]).toEqual([403, "authentication_failed"]);
    expect(stranger.headers["connection"]).toBe("close");
  });

  it("answers an unsupported expectation with 417", async () => {
    const headers = [key(), "expect: a-miracle"];
    expect((await raw(world.gateway.url, request({ path, headers, body: "{}" }))).status).toBe(417);
  });

  it("accepts a body in small pieces, by length and in chunks", async () => {
    const body = converseBody("piece by piece");
    const byLength = connect();
    for (const piece of converse("piece by piece").match(/.{1,7}/gs) ?? []) {
      byLength.socket.write(piece);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(await byLength.seen(/You said: piece by piece/)).toMatch(/^HTTP\/1\.1 200 /);
    byLength.socket.destroy();
    const inChunks = connect();
    inChunks.socket.write(request({ path, headers: [key(), "transfer-encoding: chunked"], unframed: true }));
    for (const piece of body.match(/.{1,7}/gs) ?? []) {
      inChunks.socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    inChunks.socket.write("0\r\n\r\n");
    expect(await inChunks.seen(/You said: piece by piece/)).toMatch(/^HTTP\/1\.1 200 /);
    inChunks.socket.destroy();
  });

  it("does not treat a body that ends early as a call", async () => {
    const before = world.sandbox.calls().length;
    const { socket } = connect();
    await new Promise((resolve) => void socket.write(converse("never whole").slice(0, -5), resolve));
    socket.destroy();
    const served = await raw(world.gateway.url, converse("meanwhile"));
    expect(served.status).toBe(200);
    await until(async () =>
      (await world.calls()).some(({ error }) => error === "malformed_request") ? true : undefined,
    );
    const operations = world.sandbox
      .calls()
      .slice(before)
      .filter(({ service }) => service === "bedrock");
    expect(operations).toHaveLength(1);
  });

  it("refuses HEAD without a body", async () => {
    const { socket, seen } = connect();
    socket.write(`HEAD ${path} HTTP/1.1\r\nhost: x\r\n${key()}\r\n\r\n`);
    expect(await seen(/\r\n\r\n/)).toMatch(
      /^HTTP\/1\.1 405 [^]*x-signet-error: method_not_allowed[^]*\r\n\r\n$/,
    );
    socket.destroy();
  });
});

describe("HTTP/2 without TLS", () => {
  it("serves 100 concurrent streams on one connection", async () => {
    const session = http2.connect(world.gateway.url);
    const texts = await Promise.all(
      Array.from({ length: 100 }, (_, i) => over(session, world, `[[slow:50]] number ${i};`)),
    );
    expect(texts.every((text, i) => text.includes(`number ${i};`))).toBe(true);
    session.close();
  });

  it("is not disturbed by the reset of another stream on the connection", async () => {
    const session = http2.connect(world.gateway.url);
    const stays = over(session, world, "[[slow:100]] stays");
    const leaves = session.request({ ":method": "POST", ":path": path, "x-api-key": world.token });
    leaves.on("error", () => undefined);
    leaves.end(converseBody("leaves"));
    leaves.close(http2.constants.NGHTTP2_CANCEL);
    expect(await stays).toContain("stays");
    session.close();
  });
});

describe("one port", () => {
  const options = { rejectUnauthorized: false };

  it("with TLS refuses both kinds of plaintext without an answer", async () => {
    const { socket } = connect(secure);
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => void received.push(chunk));
    socket.write(request({ path, headers: [key(secure)], body: converseBody("in the clear") }));
    await once(socket, "close");
    expect(Buffer.concat(received)).toHaveLength(0);
    const session = http2.connect(secure.gateway.url.replace("https", "http"));
    session.on("error", () => undefined);
    await once(session, "close");
    expect(secure.sandbox.calls()).toEqual([]);
  });

  it("serves TLS with HTTP/1.1 and HTTP/2, and plaintext too if allowed", async () => {
    for (const of of [secure, both]) {
      const session = http2.connect(of.gateway.url, options);
      expect(await over(session, of, "over h2")).toContain("over h2");
      session.close();
      const socket = tls.connect({
        port: portOf(of),
        host: "127.0.0.1",
        ...options,
        ALPNProtocols: ["http/1.1"],
      });
      socket.write(request({ path, headers: [key(of)], body: converseBody("over TLS") }));
      let received = "";
      socket.on("data", (chunk: Buffer) => void (received += chunk.toString()));
      await until(() => received.includes("You said: over TLS") || undefined);
      socket.destroy();
    }
    const plain = both.gateway.url.replace("https", "http");
    const headers = [key(both)];
    expect((await raw(plain, request({ path, headers, body: converseBody("clear") }))).status).toBe(200);
    const session = http2.connect(plain);
    expect(await over(session, both, "clear")).toContain("clear");
    session.close();
  });

  it.each(["h2", "http/1.1"])("notices through TLS that a caller disconnects (%s)", async (protocol) => {
    const prompt = "[[slow:20]] [[long:40]]";
    if (protocol === "h2") {
      const session = http2.connect(secure.gateway.url, options);
      const stream = session.request({
        ":method": "POST",
        ":path": pathOf("converse-stream"),
        "x-api-key": secure.token,
      });
      stream.end(converseBody(prompt));
      await once(stream, "data");
      session.destroy();
    } else {
      const socket = tls.connect({ port: portOf(secure), host: "127.0.0.1", ...options });
      const parts = { path: pathOf("converse-stream"), headers: [key(secure)], body: converseBody(prompt) };
      socket.write(request(parts));
      await once(socket, "data");
      socket.destroy();
    }
    const calls = await secure.ended((await secure.calls()).length);
    expect(calls.at(-1)).toMatchObject({ outcome: "client_gone", usage: { source: "reported" } });
  });
});

function over(session: http2.ClientHttp2Session, of: World, prompt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, "x-api-key": of.token });
    let text = "";
    stream.on("data", (chunk: Buffer) => void (text += chunk.toString("utf8")));
    stream.on("error", reject);
    stream.on("end", () => resolve(text));
    stream.end(converseBody(prompt));
  });
}
