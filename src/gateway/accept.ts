/**
 * The first step: from a raw HTTP request to an operation. Refuses anything that a proxy in front could read
 * differently (T3, T4, T13), finds the exact route, and keeps only well-formed headers. Doesn't read the body.
 */
import { SignetError } from "../core/errors.ts";
import { acceptedCall } from "./advance.ts";
import { splitTarget } from "./target.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../core/headers.ts";
import type { Accepted } from "./stages.ts";

const MAX_HEADERS = 64;
const TOKEN = /^[a-z0-9!#$%&'*+.^`|~-]+$/;
/** Visible ASCII and inner blanks (T16): no control characters, nothing that could end a line. */
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** Headers that identify the caller or end the message: if one is repeated, the request is refused. */
const ONCE = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "content-length",
  "transfer-encoding",
  "host",
]);

export function accept(exchange: Exchange, bodyLimit: number): Accepted {
  const { request } = exchange;
  const headers = readHeaders(request.rawHeaders);
  const { path, query } = splitTarget(request.url ?? "");
  const method = request.method ?? "";
  refuseAmbiguousFraming(request, headers);
  const route = exchange.protocol.match(method, path);
  if (route === undefined) throw new SignetError("unknown_route", `No operation has the path ${path}.`);
  if (route === "method") {
    throw new SignetError("method_not_allowed", `The path ${path} does not take the method ${method}.`);
  }
  refuseBody(headers, bodyLimit);
  return acceptedCall({ exchange, route, query, headers });
}

/**
 * Reads raw name/value pairs. Names with an underscore are dropped (some proxies turn them into dashes, T5); a value
 * outside the grammar, or a repeated header of `ONCE`, is refused.
 */
export function readHeaders(raw: readonly string[]): Headers {
  if (raw.length / 2 > MAX_HEADERS) {
    throw new SignetError("headers_too_large", `The request has more than ${MAX_HEADERS} headers.`);
  }
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const value = raw[i + 1] ?? "";
    if (name.startsWith(":") || name.includes("_")) continue;
    if (!TOKEN.test(name)) throw invalidHeader(name, "is not a valid header name");
    if (value !== "" && !VALUE.test(value)) throw invalidHeader(name, "has a value with invalid characters");
    const earlier = headers.get(name);
    if (earlier === undefined) headers.set(name, value);
    else if (ONCE.has(name)) throw twice(name);
    else headers.set(name, `${earlier}, ${value}`);
  }
  return headers;
}

function twice(name: string): SignetError {
  const credential = name === "authorization" || name.endsWith("api-key");
  return new SignetError(
    credential ? "conflicting_credentials" : "invalid_header",
    `The header ${name} is repeated.`,
  );
}

function invalidHeader(name: string, what: string): SignetError {
  return new SignetError("invalid_header", `The header ${JSON.stringify(name.slice(0, 64))} ${what}.`);
}

/** T13: only one possible reading of where the body begins and ends, and no change of protocol midway. */
function refuseAmbiguousFraming({ method, httpVersion }: Exchange["request"], headers: Headers): void {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    throw invalidHeader("transfer-encoding", "may only be chunked");
  }
  if (coding !== undefined && length !== undefined) {
    throw new SignetError("malformed_request", "The request has both content-length and transfer-encoding.");
  }
  if (coding !== undefined && httpVersion === "1.0") {
    throw invalidHeader("transfer-encoding", "is not allowed in HTTP/1.0");
  }
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length))
    throw invalidHeader("content-length", "is not a number");
  if (headers.has("upgrade")) throw invalidHeader("upgrade", "is not accepted");
  if (method === "GET" && (coding !== undefined || Number(length ?? 0) > 0)) {
    throw new SignetError("malformed_request", "A GET request must not have a body.");
  }
}

function refuseBody(headers: Headers, bodyLimit: number): void {
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new SignetError("unsupported_encoding", "Compressed request bodies are not accepted.");
  }
  if (Number(headers.get("content-length") ?? 0) > bodyLimit) {
    throw new SignetError("body_too_large", `The request body is larger than ${bodyLimit} bytes.`);
  }
}
