/**
 * Callers that sign with an access-key pair (SigV4), as AWS's SDKs do. A signature covers the body's hash: a request
 * that states it in a signed header is verified before its body is read, any other once the body has arrived.
 */
import { SignetError } from "../core/errors.ts";
import { isBidirectional } from "../core/operations.ts";
import type { Header } from "../sigv4/canonical-headers.ts";
import { claimedSignature } from "../sigv4/claimed.ts";
import { EventChain, EVENTS_PAYLOAD } from "../sigv4/events.ts";
import { verifySignature } from "../sigv4/verify.ts";
import { requireActive } from "../directory/active.ts";
import type { Directory } from "../directory/directory.ts";
import { claimedCall, provenCall } from "./advance.ts";
import { splitTarget } from "./target.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Headers } from "../core/headers.ts";
import type { Accepted, Authenticated, Claim, Claimed } from "./stages.ts";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** These don't change what is asked of Bedrock: they concern transport, or follow from a JSON body (claimed.ts). */
const NEED_NO_SIGNATURE = new Set(["content-type", "expect"]);

/** Identifies the signer. Throws AWS's error for a signature that is incomplete, expired or of an unknown pair. */
export function identifySigner(
  accepted: Accepted,
  authorization: string,
  directory: Directory,
  now: number,
): Authenticated | Claimed {
  const { exchange, headers } = accepted;
  const method = exchange.request.method ?? "";
  const request = { method, ...splitTarget(exchange.request.url ?? ""), headers: headerPairs(exchange) };
  const { route } = accepted;
  const signsEvents = route.kind === "native" && isBidirectional(route.operation);
  const signature = claimedSignature(authorization, request.headers, now, signsEvents);
  const holder = directory.holder(signature.accessKeyId, now);
  // Signet's pairs are long-lived: a caller that sends a session token has AWS credentials.
  if (!holder || headers.has("x-amz-security-token")) throw unknownCredentials();
  const claimed = claimedCall(accepted, { holder, signature, request });
  const payloadHash = signature.payloadHash ?? (method === "GET" ? EMPTY_SHA256 : undefined);
  return payloadHash === undefined ? claimed : proven(claimed, payloadHash);
}

/**
 * Authenticates the caller, now that the body's hash is known. Unsigned headers are dropped: only the signer decides
 * what is asked of Bedrock. Throws SignetError.
 */
export function proven(claimed: Claimed, payloadHash: string): Authenticated {
  const { holder, signature, request } = claimed.claim;
  verifySignature(request, signature, holder.secretAccessKey, payloadHash);
  requireActive(holder.identity);
  return provenCall(claimed, {
    identity: holder.identity,
    headers: signedOnly(claimed.headers, new Set(signature.signedHeaders)),
    signedPayload: payloadHash,
    events: payloadHash === EVENTS_PAYLOAD ? eventsOf(claimed.claim) : undefined,
  });
}

function eventsOf({ holder, signature }: Claim): EventChain {
  const [, region = "", service = ""] = signature.scope.split("/");
  return new EventChain(holder.secretAccessKey, { region, service }, signature.signature);
}

function signedOnly(headers: Headers, signed: ReadonlySet<string>): Headers {
  return new Map([...headers].filter(([name]) => signed.has(name) || NEED_NO_SIGNATURE.has(name)));
}

/** Unchanged, the authority under both names: SDKs sign HTTP/2's, and a proxy may have turned it into HTTP/1.1's. */
function headerPairs({ request: { rawHeaders } }: Exchange): Header[] {
  const pairs: Header[] = [];
  const authorities = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    const value = rawHeaders[i + 1] ?? "";
    if (name === "host" || name === ":authority") authorities.set(name, value);
    else if (!name.startsWith(":")) pairs.push([name, value]);
  }
  const authority = authorities.get(":authority") ?? authorities.get("host");
  return authority === undefined ? pairs : [...pairs, ["host", authority], [":authority", authority]];
}

function unknownCredentials(): SignetError {
  return new SignetError(
    "unknown_aws_credentials",
    "The security token included in the request is invalid: this access-key pair does not exist. Use one that Signet " +
      "issued, or a Signet key (AWS_BEARER_TOKEN_BEDROCK in AWS SDKs).",
  );
}
