/**
 * A short-term Bedrock API key: a presigned request for CallWithBearerToken, which Bedrock accepts as a bearer token.
 * Source: the Bedrock user guide, "How Amazon Bedrock API keys work"; equal to the output of AWS's token generator.
 */
import type { Credentials } from "../core/credentials.ts";
import { Secret } from "../core/secret.ts";
import { presignRequest } from "../sigv4/presign.ts";

export interface BedrockKey {
  token: Secret;
  /** The only region that accepts it. */
  region: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** AWS's limit, in seconds. */
const LONGEST_SECONDS = 43_200;
const HOST = "bedrock.amazonaws.com";
const PREFIX = "bedrock-api-key-";

/**
 * Valid for `expiresInSeconds`, at most 12 hours, and never beyond the session that it is made from. Throws RangeError
 * if the session has ended.
 */
export function mintBedrockKey(
  session: { credentials: Credentials; expiresAt: number },
  { region, now, expiresInSeconds }: { region: string; now: number; expiresInSeconds: number },
): BedrockKey {
  const left = Math.floor((session.expiresAt - now) / 1000);
  const seconds = Math.min(expiresInSeconds, LONGEST_SECONDS, left);
  if (seconds < 1) throw new RangeError("the session has ended");
  const query = presignRequest(
    { method: "POST", path: "/", query: "Action=CallWithBearerToken", headers: [["host", HOST]], body: "" },
    session.credentials,
    { region, service: "bedrock" },
    { epochMs: now, expiresInSeconds: seconds },
  );
  const url = `${HOST}/?${query}&Version=1`;
  return {
    token: new Secret(PREFIX + Buffer.from(url, "utf8").toString("base64")),
    region,
    expiresAt: Math.floor(now / 1000) * 1000 + seconds * 1000,
  };
}
