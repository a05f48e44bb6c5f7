/**
 * The HTTP/1.1 side of the listener. It never listens itself: connections are passed to it. Node starts its checks for
 * slow callers (T31) with the `listening` event, so that is emitted here.
 */
import http from "node:http";
import type { Socket } from "node:net";
import { randomUUID } from "node:crypto";
import { SignetError, type ErrorCode } from "../core/errors.ts";
import { failureOf } from "../protocols/failure.ts";
import { exchangeOf, type HttpParts, type HttpSide } from "./http-side.ts";
import { sendError } from "./respond.ts";

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_MS = 5_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 75_000;
/** The parser accepts others as well: 0.9, 2.0. */
const VERSIONS = new Set(["1.0", "1.1"]);
/** Time for a caller to read an answer that ends the connection. */
const LINGER_MS = 1_000;

export function http1Side(parts: HttpParts): HttpSide {
  const { handler } = parts;
  const responses = new WeakMap<Socket, http.ServerResponse>();
  let closing = false;
  const server = http.createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  });
  // Node would silently drop headers beyond its own maximum; the gateway counts them itself (T4).
  server.maxHeadersCount = 0;
  const running = ({ socket }: http.IncomingMessage, response: http.ServerResponse) => {
    responses.set(socket, response);
    // An idle connection keeps nothing from its last request, such as its secret (T26).
    response.once("close", () => {
      if (responses.get(socket) === response && !endsConnection(response)) responses.delete(socket);
    });
  };
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (endsConnection(responses.get(request.socket))) return;
    running(request, response);
    if (closing) response.shouldKeepAlive = false;
    const exchange = exchangeOf(request, response, parts);
    if (VERSIONS.has(request.httpVersion)) handler(exchange);
    else sendError(exchange, new SignetError("malformed_request", "The request is not valid HTTP/1.1."));
  };
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (endsConnection(responses.get(request.socket))) return;
    running(request, response);
    const error = new SignetError("expectation_failed", "Only 100-continue can be expected of this gateway.");
    sendError(exchangeOf(request, response, parts), error);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const last = responses.get(socket as Socket);
    // Another answer can't be written in the middle of a running one.
    if (last && !last.writableFinished) socket.destroy();
    else answerBrokenRequest(error, socket as Socket, parts);
  });
  server.emit("listening");
  return {
    accept: (socket) => void server.emit("connection", socket),
    releaseIdle() {
      closing = true;
      server.closeIdleConnections();
    },
    // It isn't listening, so this only stops its checks.
    close: () => void server.close(() => undefined),
  };
}

/** Whatever follows an answer that ends the connection is not a request (T13). */
function endsConnection(answer: http.ServerResponse | undefined): boolean {
  return answer?.shouldKeepAlive === false;
}

/** Answers a request that the parser could not read in Bedrock's form, and ends the connection. */
function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { protocols, clock }: HttpParts,
): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [code, message] = brokenRequest(error.code);
  const failure = failureOf(new SignetError(code, message));
  const { status, headers, body } = protocols.protocolOf("", new Map()).renderFailure(failure, randomUUID());
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\n${head.join("")}\r\n${body.toString()}`,
  );
  clock.setTimeout(() => socket.destroy(), LINGER_MS).unref();
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
