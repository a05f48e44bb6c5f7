/** Answers over HTTP/1.1 and HTTP/2 alike, errors in the caller's protocol. */
import { ServerResponse, type IncomingHttpHeaders } from "node:http";
import { Http2ServerResponse, constants } from "node:http2";
import { TLSSocket } from "node:tls";
import type { SignetError } from "../core/errors.ts";
import { failureOf, type ErrorAnswer, type Failure } from "../protocols/failure.ts";
import type { Exchange } from "./exchange.ts";

/** Signet's id of the call, in every answer; the same as in the audit log. */
const REQUEST_ID = "x-signet-request-id";

export function writeHead(exchange: Exchange, status: number, headers: Record<string, string>): void {
  const { response } = exchange;
  headers[REQUEST_ID] = exchange.id;
  if (exchange.limitHeaders) Object.assign(headers, exchange.limitHeaders);
  response.writeHead(status, headers);
}

/** The header in which the protocol's SDKs look for the id of their request. */
export function requestIdHeader({ id, protocol }: Exchange): Record<string, string> {
  return { [protocol.requestIdHeader]: id };
}

/** The head of a translated answer. */
export function translatedHead(exchange: Exchange, headers: Record<string, string>): void {
  writeHead(exchange, 200, { ...headers, ...requestIdHeader(exchange) });
}

/** Sends a complete answer. If the request's body was not read to its end, the connection can't be reused. */
export function sendAnswer(exchange: Exchange, { status, headers, body }: ErrorAnswer): void {
  const { request, response } = exchange;
  const isHttp2 = response instanceof Http2ServerResponse;
  if (response instanceof ServerResponse && !request.complete && hasBody(request.headers))
    response.shouldKeepAlive = false;
  writeHead(exchange, status, headers);
  if (request.complete) response.end(body);
  else if (isHttp2) response.end(body, () => response.stream.close(constants.NGHTTP2_NO_ERROR));
  else {
    response.end(body);
    request.resume();
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** An empty answer, for requests that only check that the gateway is there. */
export function sendEmpty(exchange: Exchange): void {
  sendAnswer(exchange, { status: 200, headers: { "content-length": "0" }, body: Buffer.alloc(0) });
}

export function sendError(exchange: Exchange, error: SignetError): void {
  if (exchange.response.headersSent) breakOff(exchange);
  else sendAnswer(exchange, render(exchange, failureOf(error)));
}

/** Renders a failure in the caller's protocol. `upstreamId`: Bedrock's request id. */
export function render({ protocol, id }: Exchange, failure: Failure, upstreamId?: string): ErrorAnswer {
  return protocol.renderFailure(failure, id, upstreamId);
}

/** Cuts an answer off, so that no client can mistake it for a complete one (T18). */
export function breakOff({ request, response }: Exchange): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else if (request.httpVersion === "1.0" && response instanceof ServerResponse) reset(response);
  else response.destroy();
}

/** In HTTP/1.0 the end of the connection is the end of the body: only a reset shows that it was cut off. */
function reset(response: ServerResponse): void {
  const { socket } = response;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** The same, after what was written has been sent: the caller should get the head and the valid frames. */
export function breakOffAfterWritten(exchange: Exchange): void {
  const { request, response } = exchange;
  const isHttp11 = response instanceof ServerResponse && request.httpVersion !== "1.0";
  if (!isHttp11 || !response.socket) return breakOff(exchange);
  response.flushHeaders();
  response.socket.destroySoon();
}
