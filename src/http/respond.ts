/** Answers over HTTP/1.1 and HTTP/2 alike, errors in the caller's protocol. */
import { ServerResponse, type IncomingHttpHeaders } from "node:http";
import { Http2ServerResponse, constants } from "node:http2";
import { TLSSocket } from "node:tls";
import { SignetError } from "../core/errors.ts";
import type { Protocol } from "../core/protocol.ts";
import * as anthropic from "../protocols/anthropic/errors.ts";
import * as bedrock from "../protocols/bedrock/errors.ts";
import { failureOf, type ErrorAnswer, type Failure } from "../protocols/failure.ts";
import * as gemini from "../protocols/gemini/errors.ts";
import * as openai from "../protocols/openai/errors.ts";
import { protocolOf } from "../protocols/routes.ts";
import type { Exchange } from "./exchange.ts";

/** Signet's id of the call, in every answer; the same as in the audit log. */
const REQUEST_ID = "x-signet-request-id";

const PROTOCOL_REQUEST_ID = {
  bedrock: "x-amzn-requestid",
  openai: "x-request-id",
  anthropic: "request-id",
  gemini: REQUEST_ID,
} as const;

export function writeHead(exchange: Exchange, status: number, headers: Record<string, string>): void {
  const { response } = exchange;
  headers[REQUEST_ID] = exchange.id;
  if (exchange.limitHeaders) Object.assign(headers, exchange.limitHeaders);
  response.writeHead(status, headers);
}

/** The header in which the protocol's SDK looks for the id of its request. */
export function requestIdHeader({ id }: Exchange, protocol: Protocol): Record<string, string> {
  return { [PROTOCOL_REQUEST_ID[protocol]]: id };
}

/** The head of a translated answer. */
export function translatedHead(
  exchange: Exchange,
  protocol: Protocol,
  headers: Record<string, string>,
): void {
  writeHead(exchange, 200, { ...headers, ...requestIdHeader(exchange, protocol) });
}

/** Sends a whole answer. A request whose body was not read to its end can't be followed by another one. */
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

/** To a question that has no answer but that someone is there. */
export function sendEmpty(exchange: Exchange): void {
  sendAnswer(exchange, { status: 200, headers: { "content-length": "0" }, body: Buffer.alloc(0) });
}

export function sendError(exchange: Exchange, error: SignetError): void {
  if (exchange.response.headersSent) breakOff(exchange);
  else sendAnswer(exchange, render(exchange, failureOf(error)));
}

/** A failure in the form of the protocol that the request's path belongs to. `upstreamId`: Bedrock's request id. */
export function render(exchange: Exchange, failure: Failure, upstreamId?: string): ErrorAnswer {
  const { url = "", headers } = exchange.request;
  const has = (name: string) => headers[name] !== undefined;
  const protocol = protocolOf(url.split("?", 1)[0] ?? "", { has });
  const told = protocol === "bedrock" ? failure : translated(failure);
  switch (protocol) {
    case "bedrock":
      return bedrock.renderFailure(told, upstreamId ?? exchange.id);
    case "anthropic":
      return anthropic.renderFailure(told, exchange.id);
    case "gemini":
      return gemini.renderFailure(told);
    case "openai":
      return openai.renderFailure(told, exchange.id);
    default: {
      const _: never = protocol;
      return _;
    }
  }
}

/** What Bedrock says in its own way and other protocols in theirs. */
function translated(failure: Failure): Failure {
  // A model that failed: elsewhere 424 means nothing, and nobody would try again.
  if (failure.status === 424) return { ...failure, status: 502 };
  if (failure.status !== 400 || !/model identifier is invalid/i.test(failure.message)) return failure;
  return failureOf(
    new SignetError("unknown_model", "Bedrock knows no model of this name here.", { param: "model" }),
  );
}

/** Ends an answer at once, so that no client can take it for a complete one (T18). */
export function breakOff({ request, response }: Exchange): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else if (request.httpVersion === "1.0" && response instanceof ServerResponse) reset(response);
  else response.destroy();
}

/** To HTTP/1.0 the end of the connection is the end of the body: only a reset tells that it was not. */
function reset(response: ServerResponse): void {
  const { socket } = response;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** The same once what was written has left: a caller who got a head and good frames should see them. */
export function breakOffAfterWritten(exchange: Exchange): void {
  const { request, response } = exchange;
  const isHttp11 = response instanceof ServerResponse && request.httpVersion !== "1.0";
  if (!isHttp11 || !response.socket) return breakOff(exchange);
  response.flushHeaders();
  response.socket.destroySoon();
}
