/** Requests signed by hand with an access-key pair, to be changed in transit. */
import { hash } from "node:crypto";
import aws4 from "aws4";
import { pathOf } from "./caller.ts";
import { converseBody, raw, type RawAnswer } from "./http.ts";
import type { World } from "./world.ts";

export type Pair = Awaited<ReturnType<World["newPair"]>>;

export interface SignedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** A signed call's headers and body as sent. `stated`: with the body's hash in a header. */
export function signedRequest({
  url,
  from,
  method = "POST",
  path: where = pathOf("converse"),
  body = converseBody("hello"),
  stated = false,
  headers = {},
}: Partial<SignedRequest> & {
  url: string;
  from: Pick<Pair, "accessKeyId" | "secretAccessKey">;
  stated?: boolean;
}): SignedRequest {
  const unsigned = {
    method,
    path: where,
    service: "bedrock",
    region: "us-east-1",
    headers: {
      host: new URL(url).host,
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
      ...(stated ? { "x-amz-content-sha256": hash("sha256", body, "hex") } : {}),
      ...headers,
    },
    body,
  };
  const { accessKeyId, secretAccessKey } = from;
  return {
    method,
    path: where,
    body,
    headers: { ...aws4.sign(unsigned, { accessKeyId, secretAccessKey }).headers },
  };
}

/** Exactly these bytes, through a socket. */
export function sendSigned(
  url: string,
  { method, path: where, headers, body }: SignedRequest,
): Promise<RawAnswer> {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-length");
  const lines = [
    `${method} ${where} HTTP/1.1`,
    ...kept.map(([name, value]) => `${name}: ${value}`),
    ...(method === "GET" ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ];
  return raw(url, `${lines.join("\r\n")}\r\n\r\n${body}`);
}
