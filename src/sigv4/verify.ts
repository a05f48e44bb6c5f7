/**
 * Verifies a request that was signed with Signature Version 4 in its `Authorization` header: computes the signature
 * again from the request as it arrived, and compares. `claimedSignature` checks beforehand what needs no secret.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash, timingSafeEqual } from "node:crypto";
import { SignetError } from "../core/errors.ts";
import type { Secret } from "../core/secret.ts";
import { canonicalHeaders, type Header } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalRequest } from "./canonical-request.ts";
import type { ClaimedSignature } from "./claimed.ts";
import { signingKey } from "./signing-key.ts";
import { stringToSign } from "./string-to-sign.ts";

export interface ReceivedRequest {
  /** Upper case. */
  method: string;
  /** As it came on the wire. */
  path: string;
  /** As it came on the wire, without "?"; "" if there is none. */
  query: string;
  /** Every header, names in lower case, the authority under both `host` and `:authority`. */
  headers: readonly Header[];
}

/** `payloadHash`: SHA-256 of the body, lower-case hex. Throws SignetError `invalid_signature`. */
export function verifySignature(
  { method, path, query, headers }: ReceivedRequest,
  claimed: ClaimedSignature,
  secretAccessKey: Secret,
  payloadHash: string,
): void {
  const signed = new Set(claimed.signedHeaders);
  const canonical = canonicalRequest({
    method,
    path: inUtf8(canonicalPath, path),
    query: inUtf8(canonicalQuery, query),
    headers: canonicalHeaders(headers.filter(([name]) => signed.has(name))),
    payloadHash,
  });
  const sign = signingKey(secretAccessKey, claimed.scope);
  const expected = sign(stringToSign(claimed.amzDate, claimed.scope, canonical));
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claimed.signature))) throw mismatch();
}

/** Compares the hash that a verified signature covers with the body's own. Throws SignetError `invalid_signature`. */
export function verifyPayload(signedHash: string, body: Uint8Array): void {
  if (hash("sha256", body, "hex") !== signedHash) throw mismatch();
}

/** AWS's wording, without the canonical request that AWS appends. */
function mismatch(): SignetError {
  return new SignetError(
    "invalid_signature",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
      "Key and signing method. Consult the service documentation for details.",
  );
}

/** What isn't UTF-8 has no canonical form, so no signature can be valid for it. */
function inUtf8(canonical: (text: string) => string, text: string): string {
  try {
    return canonical(text);
  } catch (thrown) {
    if (thrown instanceof URIError) throw mismatch();
    throw thrown;
  }
}
