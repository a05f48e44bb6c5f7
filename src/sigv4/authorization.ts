/**
 * The signature and the `Authorization` header: steps 5 and 6 of signing.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import type { Credentials } from "../core/credentials.ts";
import { signingKey } from "./signing-key.ts";
import { ALGORITHM, credentialScope, stringToSign, type SigningScope } from "./string-to-sign.ts";

export interface Signable {
  /** The whole canonical request. */
  canonicalRequest: string;
  /** The names in it, joined by semicolons. */
  signedHeaders: string;
  /** `20261123T014500Z`, the value of the request's `x-amz-date`. */
  amzDate: string;
}

/** The value of the `Authorization` header. */
export function authorization(
  { canonicalRequest, signedHeaders, amzDate }: Signable,
  { accessKeyId, secretAccessKey }: Credentials,
  signingScope: SigningScope,
): string {
  const scope = credentialScope(amzDate.slice(0, 8), signingScope);
  const signature = signingKey(secretAccessKey, scope)(stringToSign(amzDate, scope, canonicalRequest));
  return `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}
