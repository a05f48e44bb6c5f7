/**
 * Signs a request to AWS with Signature Version 4 in its `Authorization` header: the specification's steps in order.
 * The request itself is never changed.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from "node:crypto";
import { amzDate } from "../core/clock.ts";
import type { Credentials } from "../core/credentials.ts";
import { authorization } from "./authorization.ts";
import { canonicalHeaders, type Header } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalRequest } from "./canonical-request.ts";
import type { SigningScope } from "./string-to-sign.ts";

export interface SigningRequest {
  /** Upper case. */
  method: string;
  /** As it goes on the wire, percent-encoded once, e.g. `/model/x-v1%3A0/invoke`. */
  path: string;
  /** As it goes on the wire, without "?"; "" if there is none. */
  query: string;
  /** Every header to sign besides those that signing adds: names in lower case, `host` among them, values in ASCII. */
  headers: readonly Header[];
  /** The bytes that will be sent; a string is its UTF-8 bytes. */
  body: Uint8Array | string;
  /** SHA-256 of `body` in lower-case hex, if already known; otherwise it is computed. */
  payloadHash?: string;
}

/** The headers that a signed request carries in addition to its own. */
export interface SignedHeaders {
  authorization: string;
  "x-amz-content-sha256": string;
  "x-amz-date": string;
  /** The session token in the clear, for the wire only. */
  "x-amz-security-token"?: string;
}

/**
 * `epochMs` is the time by AWS's clock. Throws URIError if the path or the query has no UTF-8 form, and TypeError if a
 * key is empty: a request must never be signed with a missing secret.
 */
export function signRequest(
  request: SigningRequest,
  credentials: Credentials,
  scope: SigningScope,
  epochMs: number,
): SignedHeaders {
  if (credentials.accessKeyId === "" || credentials.secretAccessKey.reveal() === "") {
    throw new TypeError("Signing needs an access key id and a secret access key.");
  }
  const date = signingDate(epochMs);
  const payloadHash = request.payloadHash ?? hash("sha256", request.body, "hex");
  const token = credentials.sessionToken?.reveal();
  const headers = canonicalHeaders([
    ...request.headers,
    ["x-amz-content-sha256", payloadHash],
    ["x-amz-date", date],
    ...(token === undefined ? [] : [["x-amz-security-token", token] as const]),
  ]);
  const canonical = canonicalRequest({
    method: request.method,
    path: canonicalPath(request.path),
    query: canonicalQuery(request.query),
    headers,
    payloadHash,
  });
  return {
    authorization: authorization(
      { canonicalRequest: canonical, signedHeaders: headers.signed, amzDate: date },
      credentials,
      scope,
    ),
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": date,
    ...(token === undefined ? {} : { "x-amz-security-token": token }),
  };
}

/** The latest second and its text: many requests are signed in the same second. */
let latest = { second: Number.NaN, text: "" };

function signingDate(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== latest.second) latest = { second, text: amzDate(epochMs) };
  return latest.text;
}
