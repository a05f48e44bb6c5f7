/**
 * Who calls: from a gateway secret in `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`, or in the
 * query's `key` where Gemini's clients put it. Every failure gives one
 * and the same answer (T27), the one that AWS gives to a bad Bedrock API key.
 */
import { SignetError } from "../core/errors.ts";
import type { Directory } from "./directory.ts";
import type { Accepted, Authenticated } from "./types.ts";

const BEARER = /^bearer +(\S+)$/i;

export function authenticate(accepted: Accepted, directory: Directory, now: number): Authenticated {
  const token = presentedToken(accepted);
  const identity = token === undefined ? undefined : directory.identify(token, now);
  if (!identity) throw refused();
  if (identity.delegation.state !== "active") {
    const { name, state } = identity.delegation;
    throw new SignetError(
      "delegation_inactive",
      `The delegation ${name} of this key is ${state}, not active.`,
    );
  }
  return { ...accepted, ...identity };
}

function refused(): SignetError {
  return new SignetError(
    "authentication_failed",
    "Authentication failed: Please make sure your API Key is valid.",
  );
}

/** The one secret that the request presents. Throws `conflicting_credentials` where two headers differ. */
function presentedToken({ headers, query, route }: Accepted): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization?.startsWith("AWS4-")) {
    throw new SignetError(
      "unknown_aws_credentials",
      "The security token included in the request is invalid: these AWS credentials are unknown to Signet. " +
        "Use a Signet key instead (AWS_BEARER_TOKEN_BEDROCK in AWS SDKs).",
    );
  }
  const presented = [
    authorization === undefined ? undefined : (BEARER.exec(authorization)?.[1] ?? ""),
    headers.get("x-api-key"),
    headers.get("api-key"),
    headers.get("x-goog-api-key"),
    ...(route.protocol === "gemini" ? new URLSearchParams(query).getAll("key") : []),
  ].filter((token) => token !== undefined);
  if (new Set(presented).size > 1) {
    throw new SignetError("conflicting_credentials", "The request presents two different API keys.");
  }
  return presented[0];
}
