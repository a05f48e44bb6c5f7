/**
 * HTTP/1.1 and h2c on one port, distinguished by the first bytes. The AWS JavaScript SDK opens plain-text Bedrock
 * endpoints with the HTTP/2 preface; most other clients speak HTTP/1.1.
 */
import { once } from "node:events";
import { createServer as createHttp1 } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, createServer as createHttp2 } from "node:http2";
import type { Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { CutConnection } from "./wire.ts";
import type { Answer, AnswerEnd, WireRequest } from "./wire.ts";

export type Handler = (request: WireRequest) => Promise<Answer>;

export interface Listener {
  port: number;
  close(): Promise<void>;
}

/** Bedrock takes InvokeModel bodies up to 25,000,000 bytes; much larger ones aren't read to their end. */
const MAX_BODY_BYTES = 32_000_000;
const PREFACE = "PRI";
/** Over HTTP/1.1 such a request can't be answered before it has ended. */
const BIDIRECTIONAL = "/invoke-with-bidirectional-stream";

export async function listen(host: string, port: number, handler: Handler): Promise<Listener> {
  const serve = (request: IncomingMessage, response: ServerResponse): void =>
    void exchange(request, response, handler);
  const http1 = createHttp1({ keepAliveTimeout: 60_000 }, serve);
  const http2 = createHttp2((request, response) => {
    // Node's HTTP/2 compatibility API has all of HTTP/1.1's API that is used here.
    serve(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  http2.on("sessionError", () => undefined); // A broken peer ends its own session, not the sandbox.
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    socket.on("error", () => socket.destroy());
    choose(socket, (isHttp2) => (isHttp2 ? http2 : http1).emit("connection", socket));
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Reads just enough of a new connection to know its protocol, then puts the bytes back. */
function choose(socket: Socket, found: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
      seen = Buffer.concat([seen, chunk]);
    }
    const start = seen.toString("latin1", 0, PREFACE.length);
    if (start.length < PREFACE.length && PREFACE.startsWith(start)) return;
    socket.off("readable", look);
    socket.unshift(seen);
    found(start === PREFACE);
  };
  socket.on("readable", look);
}

async function exchange(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  const gone = new Promise<"gone">((resolve) => void response.once("close", () => resolve("gone")));
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  try {
    const answer = await handler(await readRequest(request));
    await send(response, answer, gone);
  } catch {
    destroy(response);
  }
}

async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const isHttp2 = request.httpVersionMajor === 2;
  const goesOn = isHttp2 && target.endsWith(BIDIRECTIONAL);
  return {
    method: request.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers: headerPairs(request),
    body: goesOn ? Buffer.alloc(0) : await readBody(request),
    ...(goesOn && { events: request as AsyncIterable<Buffer> }),
    sourceIp: (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
    httpVersion: isHttp2 ? "2" : "1.1",
  };
}

/** An HTTP/2 client may send `:authority`, `host` or both; they are one header to SigV4. */
function headerPairs(request: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  const authority = request.headers[":authority"];
  if (typeof authority === "string") pairs.push(["host", authority]);
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? "").toLowerCase();
    const value = request.rawHeaders[i + 1] ?? "";
    const isSecondHost = name === "host" && value === authority;
    if (!name.startsWith(":") && !isSecondHost) pairs.push([name, value]);
  }
  return pairs;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new CutConnection();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function send(response: ServerResponse, answer: Answer, gone: Promise<"gone">): Promise<void> {
  let end: AnswerEnd = "aborted";
  try {
    response.sendDate = false; // The Date header comes from the sandbox's own clock, which may be skewed.
    const sent = await write(response, answer, gone);
    if (sent && !response.writableFinished) await Promise.race([once(response, "finish"), gone]);
    if (sent && response.writableFinished && !isReset(response)) end = "complete";
  } catch (error) {
    if (error instanceof CutConnection) end = "cut";
    destroy(response);
  } finally {
    answer.ended?.(end);
  }
}

/** False if the caller disconnected before everything was sent. */
async function write(response: ServerResponse, answer: Answer, gone: Promise<"gone">): Promise<boolean> {
  const { status, headers, body } = answer;
  if (typeof body === "string") {
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
    response.end(body);
    return true;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  return writeAll(response, body[Symbol.asyncIterator](), gone);
}

/** Writes piece by piece, never ahead of a slow reader, and stops when the caller disconnects. */
async function writeAll(
  response: ServerResponse,
  pieces: AsyncIterator<Uint8Array>,
  gone: Promise<"gone">,
): Promise<boolean> {
  for (;;) {
    const next = await Promise.race([pieces.next(), gone]);
    if (next === "gone") break;
    if (next.done === true) {
      response.end();
      return true;
    }
    if (response.write(next.value)) continue;
    if ((await Promise.race([once(response, "drain"), gone])) === "gone") break;
  }
  void pieces.return?.();
  return false;
}

/** Node calls a reset HTTP/2 stream finished, too. */
function isReset(response: ServerResponse): boolean {
  const code = http2StreamOf(response)?.rstCode ?? constants.NGHTTP2_NO_ERROR;
  return code !== constants.NGHTTP2_NO_ERROR;
}

/** HTTP/1.1: ends the connection once all written data is sent. HTTP/2: resets the stream. */
function destroy(response: ServerResponse): void {
  const stream = http2StreamOf(response);
  if (stream === undefined) response.socket?.destroySoon();
  else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

function http2StreamOf(response: ServerResponse): ServerHttp2Stream | undefined {
  return (response as unknown as Partial<Http2ServerResponse>).stream;
}
