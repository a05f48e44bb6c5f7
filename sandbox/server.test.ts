/** The listener: two protocols on one port, backpressure, closing. */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { listen } from "./server.ts";
import type { Handler, Listener } from "./server.ts";

const HOST = "127.0.0.1";
let listener: Listener;
afterEach(() => listener.close());

const echo: Handler = async ({ method, path, query, headers, body, httpVersion }) => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ method, path, query, headers, body: body.toString(), httpVersion }),
});

async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, "close");
  return text;
}

it("passes on the target and the headers unchanged", async () => {
  listener = await listen(HOST, 0, echo);
  const socket = connect(listener.port, HOST);
  socket.write(
    "GET /a%2Fb/../c//d:e?x=%7e&y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n",
  );
  const answer = await readAll(socket);
  expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toEqual({
    method: "GET",
    path: "/a%2Fb/../c//d:e",
    query: "x=%7e&y",
    headers: [
      ["host", "h"],
      ["x-a", "1"],
      ["x-a", "2"],
      ["connection", "close"],
    ],
    body: "",
    httpVersion: "1.1",
  });
});

it("waits for enough bytes to distinguish the protocols", async () => {
  listener = await listen(HOST, 0, echo);
  const socket = connect(listener.port, HOST);
  socket.setNoDelay(true);
  for (const part of [
    "P",
    "O",
    "ST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
  ]) {
    socket.write(part);
    await new Promise(setImmediate);
  }
  expect(await readAll(socket)).toContain('"body":"hi"');
});

it("speaks h2c, with the authority as the host", async () => {
  listener = await listen(HOST, 0, echo);
  const session = connectHttp2(`http://${HOST}:${listener.port}`);
  const stream = session.request({ ":method": "POST", ":path": "/a%3Ab" });
  stream.end("hi");
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(stream, "end");
  expect(JSON.parse(text)).toMatchObject({
    path: "/a%3Ab",
    headers: [["host", `${HOST}:${listener.port}`]],
    body: "hi",
    httpVersion: "2",
  });
  session.destroy();
});

it("never writes ahead of a reader who doesn't read (T35)", async () => {
  const PIECES = 2000;
  let pulled = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (; pulled < PIECES; pulled++) yield Buffer.alloc(65_536);
  }
  listener = await listen(HOST, 0, async ({ path }) => ({
    status: 200,
    headers: {},
    body: path === "/endless" ? pieces() : "done",
  }));
  const idle = connect(listener.port, HOST);
  idle.pause();
  idle.write("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  // Unbounded writing would pull all pieces at once, before the server could answer anyone else.
  for (let i = 0; i < 20; i++) {
    const other = connect(listener.port, HOST);
    other.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    expect(await readAll(other)).toContain("done");
  }
  expect(pulled).toBeGreaterThan(0);
  expect(pulled).toBeLessThan(PIECES);
  idle.destroy();
});

it("ends open connections when it closes", async () => {
  listener = await listen(HOST, 0, echo);
  const socket = connect(listener.port, HOST);
  await once(socket, "connect");
  const closed = once(socket, "close");
  await listener.close();
  await closed;
  expect(socket.destroyed).toBe(true);
});
