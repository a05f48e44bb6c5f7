/** Sends a probe's signed request: path and headers go out exactly as signed, and a few KiB of the answer are read. */
import { request } from "undici";
import type { Credentials } from "../core/credentials.ts";
import { firstLine } from "../core/reason.ts";
import { readUpstreamError } from "../bedrock/errors.ts";
import { isOfAws } from "../proxy/foreign.ts";
import { ProxyError } from "../proxy/tunnel.ts";
import { signRequest } from "../sigv4/sign.ts";
import type { ProbeParts } from "./parts.ts";

export interface ProbeRequest {
  origin: string;
  /** SigV4's name of the service. */
  service: string;
  region: string;
  method: "GET" | "POST";
  path: string;
  query?: string;
  headers?: [string, string][];
  body?: string;
}

/**
 * AWS's answer. `code` is empty if it allowed the call, `NetworkError` if nothing came back, `ProxyError` if the HTTPS
 * proxy opened no tunnel, `ForeignAnswer` if something else answered.
 */
export interface Answer {
  ok: boolean;
  code: string;
  message: string;
}

const EVENT_STREAM = "application/vnd.amazon.eventstream";
const LIMIT = 64 * 1024;
const JSON_LIMIT = 4 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

export async function send(
  parts: ProbeParts,
  credentials: Credentials,
  wanted: ProbeRequest,
): Promise<Answer> {
  try {
    return await exchange(parts, credentials, wanted);
  } catch (error) {
    const code = error instanceof ProxyError ? "ProxyError" : "NetworkError";
    return { ok: false, code, message: networkMessage(error) };
  }
}

/** The JSON of AWS's answer; undefined if it isn't JSON or an error. */
export async function readJson(
  parts: ProbeParts,
  credentials: Credentials,
  wanted: ProbeRequest,
): Promise<unknown> {
  try {
    const answer = await signedRequest(parts, credentials, wanted);
    const text = await beginning(answer.body, JSON_LIMIT);
    return answer.statusCode < 300 ? (JSON.parse(text.toString("utf8")) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

async function exchange(parts: ProbeParts, credentials: Credentials, wanted: ProbeRequest): Promise<Answer> {
  const answer = await signedRequest(parts, credentials, wanted);
  const isOfStream = String(answer.headers["content-type"]).startsWith(EVENT_STREAM);
  const isKnown = isOfAws(answer.headers) || isOfStream;
  if (answer.statusCode < 300 && isKnown) {
    // A stream has started, which is all the probe needs to know.
    answer.body.on("error", () => undefined).destroy();
    return { ok: true, code: "", message: `${answer.statusCode}` };
  }
  const text = await beginning(answer.body, LIMIT);
  const { type, message } = readUpstreamError(answer.statusCode, flat(answer.headers), text);
  // Without a header of AWS's it may be anyone's: a proxy's error, a firewall's block page, a sign-in page.
  if (!isKnown && (answer.statusCode < 300 || !isServiceError(type, text)))
    return { ok: false, code: "ForeignAnswer", message: foreignMessage(answer.statusCode, answer.headers) };
  return { ok: false, code: type, message: firstLine(message || xmlMessage(text.toString("utf8"))) };
}

async function signedRequest(parts: ProbeParts, credentials: Credentials, wanted: ProbeRequest) {
  const { origin, method, path, query = "", service, region } = wanted;
  const body = Buffer.from(wanted.body ?? "");
  const headers: [string, string][] = [["host", new URL(origin).host], ...(wanted.headers ?? [])];
  if (body.length > 0 && !headers.some(([name]) => name === "content-type"))
    headers.push(["content-type", "application/json"]);
  const signature = signRequest(
    { method, path, query, headers, body },
    credentials,
    { region, service },
    parts.clock.now(),
  );
  return request(origin + path + (query && `?${query}`), {
    method,
    headers: { ...Object.fromEntries(headers), ...signature },
    ...(method === "POST" ? { body } : {}),
    dispatcher: parts.dispatcher,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
}

async function beginning(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks);
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value[0] ?? "") : (value ?? ""),
    ]),
  );
}

/** An error in a service's own form: a type in JSON, a code in XML. */
function isServiceError(type: string, text: Buffer): boolean {
  return type !== "" || /<Error>.*<Code>\w+<\/Code>/s.test(text.toString("utf8"));
}

function foreignMessage(status: number, headers: Record<string, string | string[] | undefined>): string {
  const { server, via } = headers;
  const by = [server, via].flat().filter((name) => name !== undefined);
  const from = by.length === 0 ? "" : ` (from ${by.join(", ")})`;
  return `HTTP ${status} of type ${String(headers["content-type"] ?? "unknown")}${from}, which isn't AWS's answer`;
}

/** Services with XML errors name the code and the message in elements. */
function xmlMessage(text: string): string {
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? "";
  return [element("Code"), element("Message")].filter((part) => part !== "").join(": ") || text.slice(0, 200);
}

export function networkMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  return `${code}${error.message || error.name}`;
}
