/** Computes the expected signature of a raw request, with AWS's own signer library. */
import { createHash, createHmac, hash } from "node:crypto";
import type { Hash, Hmac } from "node:crypto";
import { SignatureV4, createScope, getCanonicalHeaders, getSigningKey } from "@smithy/signature-v4";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";
import { ALGORITHM, AUTHORITY } from "./authorization.ts";
import type { Authorization } from "./authorization.ts";

/** In place of the body's hash, if its events are signed. */
export const EVENTS_PAYLOAD = "STREAMING-AWS4-HMAC-SHA256-EVENTS";

export interface Recomputed {
  canonicalRequest: string;
  stringToSign: string;
  /** Lower-case hex. */
  signature: string;
}

export async function recompute(
  { accessKeyId, date, region, service, signedHeaders }: Authorization,
  request: WireRequest,
  { secretAccessKey, amzDate }: { secretAccessKey: string; amzDate: string },
): Promise<Recomputed> {
  const canonicalRequest = canonicaliser.canonicalRequest(request, signedHeaders);
  const scope = createScope(date, region, service);
  const stringToSign = [ALGORITHM, amzDate, scope, hash("sha256", canonicalRequest, "hex")].join("\n");
  const key = await getSigningKey(Sha256, { accessKeyId, secretAccessKey }, date, region, service);
  const signature = createHmac("sha256", key).update(stringToSign).digest("hex");
  return { canonicalRequest, stringToSign, signature };
}

/** The hash interface of AWS's signer, with Node's own hashes. */
export class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash("sha256");
    else this.#hash = createHmac("sha256", typeof secret === "string" ? secret : viewOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : viewOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function viewOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Exposes the signer's own canonicalization: the wire's path encoded again, the query sorted, values trimmed. */
class Canonicaliser extends SignatureV4 {
  canonicalRequest(request: WireRequest, signedHeaders: string[]): string {
    const headers: Record<string, string> = {};
    for (const name of signedHeaders) {
      const value = headerOf(request, name === AUTHORITY ? "host" : name);
      if (value !== undefined) headers[name] = value;
    }
    const { method, path } = request;
    const parsed = { method, path, query: queryOf(request.query), headers, protocol: "http:", hostname: "" };
    const canonicalHeaders = getCanonicalHeaders(parsed, undefined, new Set(signedHeaders));
    const payload = request.events ? EVENTS_PAYLOAD : hash("sha256", request.body, "hex");
    return this.createCanonicalRequest(parsed, canonicalHeaders, payload);
  }
}

const canonicaliser = new Canonicaliser({
  credentials: { accessKeyId: "", secretAccessKey: "" },
  region: "",
  service: "",
  sha256: Sha256,
});

function queryOf(query: string): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const pair of query.split("&").filter((each) => each !== "")) {
    const mark = pair.indexOf("=");
    const name = decode(mark < 0 ? pair : pair.slice(0, mark));
    (values[name] ??= []).push(decode(mark < 0 ? "" : pair.slice(mark + 1)));
  }
  return values;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
