/**
 * From a caller's request to Bedrock's: an allow-list of headers. Everything else that the caller sent (credentials,
 * hop-by-hop headers, headers named in `Connection`) is dropped (T14).
 */
import { SignetError } from "../core/errors.ts";
import type { Operation } from "../core/operations.ts";
import { SETTING_HEADERS } from "../core/settings.ts";
import type { CompatibleApi } from "./compatible.ts";

type Headers = ReadonlyMap<string, string>;
type Pairs = [name: string, value: string][];

/** What goes to Bedrock, besides the path. */
export interface OutboundRequest {
  headers: Pairs;
  body: Buffer;
}

/** In a fixed order. */
const BEDROCK_HEADERS = [...SETTING_HEADERS.keys()];
const NATIVE = ["content-type", "accept", "x-amzn-bedrock-accept", ...BEDROCK_HEADERS] as const;

/** A native caller's headers to send, in lower case and a fixed order. `headers` were authorized already. */
export function requestHeaders(headers: Headers): Pairs {
  return present(NATIVE, headers);
}

/** The same for a translated call: the body is Signet's, the `x-amzn-bedrock-*` settings are still the caller's. */
export function translatedHeaders(operation: Operation, headers: Headers): Pairs {
  const own: Pairs = [["content-type", "application/json"]];
  return isConverse(operation) ? own : [...own, ...present(BEDROCK_HEADERS, headers)];
}

/** The same for a request passed on to one of AWS's compatible endpoints. */
export function passedHeaders(api: CompatibleApi, headers: Headers): Pairs {
  return [
    ["content-type", "application/json"],
    ...present(["accept", ...api.headers, ...BEDROCK_HEADERS], headers),
  ];
}

/** Converse takes in its body what InvokeModel takes as headers. */
export function withSettings(operation: Operation, headers: Headers, body: Buffer): Buffer {
  if (!isConverse(operation) || !BEDROCK_HEADERS.some((name) => headers.has(name))) return body;
  const own = JSON.parse(body.toString("utf8")) as object;
  return Buffer.from(JSON.stringify({ ...own, ...settingsOf(headers) }));
}

function settingsOf(headers: Headers): object {
  const get = (name: string) => headers.get(`x-amzn-bedrock-${name}`);
  const guardrailIdentifier = get("guardrailidentifier");
  const latency = get("performanceconfig-latency");
  const tier = get("service-tier");
  const metadata = get("request-metadata");
  const projectIdentifier = get("projectidentifier");
  const trace = get("trace");
  return {
    ...(guardrailIdentifier && {
      guardrailConfig: {
        guardrailIdentifier,
        guardrailVersion: get("guardrailversion") ?? "DRAFT",
        ...(trace && { trace: trace.toLowerCase() }),
      },
    }),
    ...(latency && { performanceConfig: { latency } }),
    ...(tier && { serviceTier: { type: tier } }),
    ...(metadata && { requestMetadata: metadataOf(metadata) }),
    ...(projectIdentifier && { projectIdentifier }),
  };
}

/** The request in a project: a header of InvokeModel, a member of Converse, put before the others. */
export function inProject(
  id: string,
  operation: Operation,
  { headers, body }: OutboundRequest,
): OutboundRequest {
  if (!isConverse(operation))
    return { headers: [...headers, ["x-amzn-bedrock-projectidentifier", id]], body };
  const open = body.indexOf("{") + 1;
  const isEmpty = /^[ \t\r\n]*\}/.test(body.toString("latin1", open, open + 1024));
  const member = Buffer.from(`"projectIdentifier":${JSON.stringify(id)}${isEmpty ? "" : ","}`);
  return { headers, body: Buffer.concat([body.subarray(0, open), member, body.subarray(open)]) };
}

function metadataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SignetError("invalid_header", "The header x-amzn-bedrock-request-metadata is not valid JSON.");
  }
}

function isConverse(operation: Operation): boolean {
  return operation === "Converse" || operation === "ConverseStream";
}

function present(names: readonly string[], headers: Headers): Pairs {
  const result: Pairs = [];
  for (const name of names) {
    const value = headers.get(name);
    if (value !== undefined && value !== "") result.push([name, value]);
  }
  return result;
}
