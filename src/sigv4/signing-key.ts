/**
 * The signing key: step 4 of signing. It holds for one secret, day, region and service, so it is derived once and
 * kept beside the secret for as long as the secret itself lives.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac } from "node:crypto";
import type { Secret } from "../core/secret.ts";
import { hmacSha256, type Hmac } from "./hmac.ts";

/** More than there are Bedrock regions; a session rarely signs for more than a few, over one or two days. */
const KEYS_PER_SECRET = 64;

/** Keyed by the Secret object, never by its text, and by credential scope. Entries go with their Secret. */
const keysBySecret = new WeakMap<Secret, Map<string, Hmac>>();

/** The HMAC of a secret for a credential scope (`20261123/us-east-1/bedrock/aws4_request`). */
export function signingKey(secret: Secret, credentialScope: string): Hmac {
  let keys = keysBySecret.get(secret);
  if (!keys) keysBySecret.set(secret, (keys = new Map<string, Hmac>()));
  const known = keys.get(credentialScope);
  if (known) return known;
  if (keys.size >= KEYS_PER_SECRET) keys.clear();
  const derived = hmacSha256(deriveSigningKey(secret, credentialScope));
  keys.set(credentialScope, derived);
  return derived;
}

/** kDate, kRegion, kService, kSigning: each part of the scope signed with the key made from the part before it. */
function deriveSigningKey(secret: Secret, credentialScope: string): Uint8Array {
  let key: Uint8Array = Buffer.from(`AWS4${secret.reveal()}`);
  for (const part of credentialScope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return key;
}
