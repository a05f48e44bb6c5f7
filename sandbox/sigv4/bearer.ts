/**
 * Short-term Bedrock API keys: a bearer token that is a presigned CallWithBearerToken request.
 * Source: the Bedrock user guide, "How Amazon Bedrock API keys work"; the form is that of AWS's token generator.
 */
import { timingSafeEqual } from "node:crypto";
import { AwsError } from "../errors.ts";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";
import { ALGORITHM } from "./authorization.ts";
import { recompute } from "./recompute.ts";
import { MAX_SKEW_MS } from "./verify.ts";
import type { Expectation } from "./verify.ts";

const PREFIX = "bedrock-api-key-";
const HOST = "bedrock.amazonaws.com";
const MAX_SECONDS = 43_200;

export function hasBearer(request: WireRequest): boolean {
  return /^Bearer /i.test(headerOf(request, "authorization") ?? "");
}

/** Returns the key's owner and region; throws an AwsError as Bedrock does. */
export async function verifyBearer(
  request: WireRequest,
  expected: Pick<Expectation, "hostRegion" | "now" | "findKey">,
): Promise<{ accessKeyId: string; region: string }> {
  const token = (headerOf(request, "authorization") ?? "").slice("Bearer ".length).trim();
  if (!token.startsWith(PREFIX)) throw refused();
  const url = Buffer.from(token.slice(PREFIX.length), "base64").toString("utf8");
  const [target = "", query = ""] = url.split("?");
  const parameters = new URLSearchParams(query.replaceAll("+", "%2B"));
  const valid =
    target === `${HOST}/` &&
    parameters.get("Action") === "CallWithBearerToken" &&
    parameters.get("Version") === "1" &&
    parameters.get("X-Amz-Algorithm") === ALGORITHM &&
    parameters.get("X-Amz-SignedHeaders") === "host";
  if (!valid) throw refused();
  const [accessKeyId = "", date = "", region = "", service = ""] = (
    parameters.get("X-Amz-Credential") ?? ""
  ).split("/");
  const key = expected.findKey(accessKeyId, region);
  if (key === undefined || service !== "bedrock") throw refused();
  if ((parameters.get("X-Amz-Security-Token") ?? "") !== (key.sessionToken ?? "")) throw refused();
  await checkSignature({ query, signature: parameters.get("X-Amz-Signature") ?? "" }, request, {
    accessKeyId,
    date,
    region,
    secretAccessKey: key.secretAccessKey,
    amzDate: parameters.get("X-Amz-Date") ?? "",
  });
  checkLife(parameters, key.expiresAt, expected.now);
  if (expected.hostRegion !== null && expected.hostRegion !== region) throw refused();
  return { accessKeyId, region };
}

async function checkSignature(
  { query, signature }: { query: string; signature: string },
  request: WireRequest,
  signer: { accessKeyId: string; date: string; region: string; secretAccessKey: string; amzDate: string },
): Promise<void> {
  const signedQuery = query
    .split("&")
    .filter((pair) => !/^(?:X-Amz-Signature|Version)=/.test(pair))
    .join("&");
  const presigned: WireRequest = {
    ...request,
    method: "POST",
    path: "/",
    query: signedQuery,
    headers: [["host", HOST]],
    body: Buffer.alloc(0),
  };
  const authorization = {
    accessKeyId: signer.accessKeyId,
    date: signer.date,
    region: signer.region,
    signature,
    service: "bedrock",
    terminator: "aws4_request",
    signedHeaders: ["host"],
  };
  const { signature: right } = await recompute(authorization, presigned, signer);
  const [a, b] = [Buffer.from(right), Buffer.from(signature)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw refused();
}

function checkLife(parameters: URLSearchParams, sessionEnd: number | undefined, now: number): void {
  const [, y, mo, d, h, mi, s] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parameters.get("X-Amz-Date") ?? "") ?? [];
  const signedAt = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  const seconds = Number(parameters.get("X-Amz-Expires"));
  if (!(seconds >= 1 && seconds <= MAX_SECONDS) || Number.isNaN(signedAt)) throw refused();
  if (signedAt > now + MAX_SKEW_MS) throw refused();
  if (now >= Math.min(signedAt + seconds * 1000, sessionEnd ?? Infinity))
    throw new AwsError("AccessDeniedException", 403, "Bearer Token has expired");
}

function refused(): AwsError {
  return new AwsError(
    "AccessDeniedException",
    403,
    "Authentication failed: Please make sure your API Key is valid.",
  );
}
