/**
 * Presigns a request with Signature Version 4: the signature goes into the query instead of a header, and is valid for
 * a limited time. The session token is part of what is signed, so the query holds it in the clear.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from "node:crypto";
import { amzDate } from "../core/clock.ts";
import type { Credentials } from "../core/credentials.ts";
import { canonicalHeaders } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { uriEncode } from "./encode.ts";
import type { SigningRequest } from "./sign.ts";
import { signingKey } from "./signing-key.ts";
import { ALGORITHM, credentialScope, stringToSign, type SigningScope } from "./string-to-sign.ts";

export interface Validity {
  /** The time by AWS's clock, epoch milliseconds. */
  epochMs: number;
  expiresInSeconds: number;
}

/**
 * The whole query of the presigned request, in canonical order, without "?". It holds the signature and, for a
 * session, its token. Throws as `signRequest` does.
 */
export function presignRequest(
  request: Omit<SigningRequest, "payloadHash">,
  credentials: Credentials,
  scope: SigningScope,
  validity: Validity,
): string {
  if (credentials.accessKeyId === "" || credentials.secretAccessKey.reveal() === "")
    throw new TypeError("Signing needs an access key id and a secret access key.");
  const headers = canonicalHeaders(request.headers);
  const parameters = signingParameters(headers.signed, credentials, scope, validity);
  const query = canonicalQuery([request.query, parameters].filter((part) => part !== "").join("&"));
  const canonical = canonicalRequest({
    method: request.method,
    path: canonicalPath(request.path),
    query,
    headers,
    payloadHash: hash("sha256", request.body, "hex"),
  });
  const date = amzDate(validity.epochMs);
  const named = credentialScope(date.slice(0, 8), scope);
  const signature = signingKey(credentials.secretAccessKey, named)(stringToSign(date, named, canonical));
  return canonicalQuery(`${query}&X-Amz-Signature=${signature}`);
}

/** What presigning adds to the query before it signs. */
export function signingParameters(
  signedHeaders: string,
  { accessKeyId, sessionToken }: Credentials,
  scope: SigningScope,
  { epochMs, expiresInSeconds }: Validity,
): string {
  const date = amzDate(epochMs);
  const parameters = {
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${accessKeyId}/${credentialScope(date.slice(0, 8), scope)}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(expiresInSeconds),
    ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken.reveal() }),
    "X-Amz-SignedHeaders": signedHeaders,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${uriEncode(value)}`)
    .join("&");
}
