/**
 * One port for HTTP/1.1, HTTP/2 with prior knowledge (h2c) and TLS (h2 and http/1.1 by ALPN). The first bytes of a
 * connection tell which server it is for: 0x16 begins a TLS handshake, "PRI" the HTTP/2 preface.
 */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import { randomUUID } from "node:crypto";
import { SignetError, type ErrorCode } from "../core/errors.ts";
import { renderError } from "../protocols/bedrock/errors.ts";
import type { Exchange } from "./types.ts";

export interface ListenSettings {
  host: string;
  port: number;
  /** PEM texts. `plaintext`: serve unencrypted callers on the same port as well. */
  tls?: { cert: string; key: string; plaintext: boolean };
}

export interface Listener {
  readonly address: net.AddressInfo;
  /** Stops accepting connections and lets idle ones go; those with a running call stay until `destroy`. */
  close(): void;
  destroy(): void;
}

export type Handler = (exchange: Exchange) => void;

const FIRST_BYTES_MS = 5_000;
const HEADERS_MS = 5_000;
const BODY_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
const TLS_HANDSHAKE = 0x16;
const LETTER_P = 0x50;
const TLS_HANDSHAKE_MS = 10_000;

export async function listen(settings: ListenSettings, handler: Handler): Promise<Listener> {
  const sockets = new Set<net.Socket>();
  const one = http1Server(handler);
  const two = http2Server(handler);
  const secure = settings.tls ? tlsServer(settings.tls, one, two) : undefined;
  const plaintext = settings.tls?.plaintext ?? true;

  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A connection that fails or ends on its own has nobody to tell.
    socket.on("error", () => socket.destroy());
    route(socket, (first) => {
      const isHttp1 = first[0] !== TLS_HANDSHAKE && first.toString("latin1", 0, 3) !== "PRI";
      // Node's HTTP/1.1 server looks after a half-closed connection; the others would not see that the caller left.
      socket.allowHalfOpen = isHttp1;
      if (first[0] === TLS_HANDSHAKE) return secure;
      if (!plaintext) return undefined;
      return isHttp1 ? one : two;
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no TCP address");
  return {
    address,
    close() {
      server.close();
      one.closeIdleConnections();
    },
    destroy() {
      server.close();
      one.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads the first bytes, puts them back, and hands the connection to the server that `choose` names. */
function route(socket: net.Socket, choose: (first: Buffer) => net.Server | undefined): void {
  let held: Buffer = Buffer.alloc(0);
  const giveUp = () => socket.destroy();
  const onReadable = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    // "P" alone could be the beginning of POST as well as of PRI.
    if (held[0] === LETTER_P && held.length < 3) return;
    socket.setTimeout(0);
    socket.removeListener("timeout", giveUp);
    socket.removeListener("end", giveUp);
    socket.removeListener("readable", onReadable);
    const server = choose(held);
    if (!server) {
      giveUp();
      return;
    }
    socket.unshift(held);
    server.emit("connection", socket);
  };
  socket.setTimeout(FIRST_BYTES_MS, giveUp);
  socket.once("end", giveUp);
  socket.on("readable", onReadable);
}

function tlsServer(
  { cert, key }: { cert: string; key: string },
  one: net.Server,
  two: net.Server,
): net.Server {
  const server = tls.createServer({
    cert,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: TLS_HANDSHAKE_MS,
  });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => socket.destroy());
    (socket.alpnProtocol === "h2" ? two : one).emit("connection", socket);
  });
  return server;
}

function http1Server(handler: Handler): http.Server {
  const server = http.createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: BODY_MS,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 75_000,
    noDelay: true,
  });
  // Node would drop headers past its own maximum without a word; the line counts them itself.
  server.maxHeadersCount = 0;
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) =>
    handler(exchangeOf(request, response));
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", (request: http.IncomingMessage, response: http.ServerResponse) => {
    response.writeHead(417, { connection: "close" });
    response.end();
    request.resume();
  });
  server.on("clientError", answerBrokenRequest);
  return server;
}

function http2Server(handler: Handler): http2.Http2Server {
  const server = http2.createServer({
    settings: { maxConcurrentStreams: 256, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
    maxHeaderListPairs: 128,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
  });
  const onRequest = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) =>
    handler(exchangeOf(request, response));
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("sessionError", () => undefined);
  return server;
}

function exchangeOf(request: Exchange["request"], response: Exchange["response"]): Exchange {
  // A caller that leaves is noticed by "close"; the error that comes with it has nothing to add.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    id: randomUUID(),
    request,
    response,
    remote: request.socket.remoteAddress ?? "",
    startedAt: performance.now(),
  };
}

/** What the HTTP/1.1 parser could not read: answered in Bedrock's shape, then the connection is closed. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: net.Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [code, message] = brokenRequest(error.code);
  const { status, headers, body } = renderError(new SignetError(code, message), randomUUID());
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\n${head.join("")}\r\n${body.toString()}`,
  );
}

function brokenRequest(code: string | undefined): [ErrorCode, string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return ["headers_too_large", `The request's headers are larger than ${MAX_HEADER_BYTES} bytes.`];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["request_timeout", "The request took too long to arrive."];
    default:
      return ["malformed_request", "The request is not valid HTTP/1.1."];
  }
}
