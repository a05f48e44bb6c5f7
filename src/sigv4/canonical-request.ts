/**
 * The canonical request: step 1 of signing, put together from its parts.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import type { CanonicalHeaders } from "./canonical-headers.ts";

export interface CanonicalRequestParts {
  /** Upper case. */
  method: string;
  /** As `canonicalPath` returns it. */
  path: string;
  /** As `canonicalQuery` returns it. */
  query: string;
  headers: CanonicalHeaders;
  /** SHA-256 of the body's bytes, lower-case hex. */
  payloadHash: string;
}

export function canonicalRequest({
  method,
  path,
  query,
  headers,
  payloadHash,
}: CanonicalRequestParts): string {
  return `${method}\n${path}\n${query}\n${headers.block}\n${headers.signed}\n${payloadHash}`;
}
