/**
 * Identifies the caller: by a gateway secret in `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`, or
 * in the query if the protocol's clients put it there; or by a signature with an access-key pair (signature.ts). Every
 * failure of a secret gets the same answer (T27), the one that AWS gives to a bad Bedrock API key.
 */
import { SignetError } from "../core/errors.ts";
import { requireActive } from "../directory/active.ts";
import type { Directory } from "../directory/directory.ts";
import { authenticatedCall } from "./advance.ts";
import { identifySigner } from "./signature.ts";
import type { Accepted, Authenticated, Claimed } from "./stages.ts";

const BEARER = /^bearer +(\S+)$/i;
const SIGNED = "AWS4-";
const PRESIGNED = /(?:^|&)(x-amz-(?:algorithm|credential|signature))=/i;

export function authenticate(accepted: Accepted, directory: Directory, now: number): Authenticated | Claimed {
  const authorization = accepted.headers.get("authorization");
  const presented = presentedSecrets(accepted);
  if (authorization?.startsWith(SIGNED)) {
    if (presented.length > 0) throw conflicting("a signature and an API key");
    return identifySigner(accepted, authorization, directory, now);
  }
  if (new Set(presented).size > 1) throw conflicting("two different API keys");
  const [token] = presented;
  if (token === undefined) refusePresigned(accepted);
  const identity = token === undefined ? undefined : directory.identify(token, now);
  if (!identity) throw refused();
  requireActive(identity);
  return authenticatedCall(accepted, identity);
}

function refused(): SignetError {
  return new SignetError(
    "authentication_failed",
    "Authentication failed: Please make sure your API Key is valid.",
  );
}

function conflicting(what: string): SignetError {
  return new SignetError("conflicting_credentials", `The request presents ${what}.`);
}

/** Presigned requests can be replayed until they expire, and end up in logs and histories. */
function refusePresigned({ query }: Accepted): void {
  const name = PRESIGNED.exec(query)?.[1];
  if (name === undefined) return;
  throw new SignetError(
    "invalid_query",
    `The query parameter ${name} is not accepted: sign in the Authorization header instead of presigning.`,
  );
}

/** A malformed Authorization header counts as an unknown secret. */
function presentedSecrets({ headers, query, exchange: { protocol } }: Accepted): string[] {
  const authorization = headers.get("authorization");
  const isBearer = authorization !== undefined && !authorization.startsWith(SIGNED);
  return [
    isBearer ? (BEARER.exec(authorization)?.[1] ?? "") : undefined,
    headers.get("x-api-key"),
    headers.get("api-key"),
    headers.get("x-goog-api-key"),
    ...(protocol.secretInQuery === undefined
      ? []
      : new URLSearchParams(query).getAll(protocol.secretInQuery)),
  ].filter((token) => token !== undefined);
}
