/**
 * What a signed request claims about its signature, checked as far as possible without the secret: the form of its
 * `Authorization` header, its scope, its date, and which headers it signs. Messages use AWS's wording.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { amzDate } from "../core/clock.ts";
import { SignetError } from "../core/errors.ts";
import type { Header } from "./canonical-headers.ts";
import { EVENTS_PAYLOAD } from "./events.ts";
import { ALGORITHM } from "./string-to-sign.ts";

export interface ClaimedSignature {
  accessKeyId: string;
  /** `20261123/us-east-1/bedrock/aws4_request`. */
  scope: string;
  /** The value of `x-amz-date`. */
  amzDate: string;
  /** As in the header: lower case, sorted, each once. */
  signedHeaders: readonly string[];
  /** Lower-case hex. */
  signature: string;
  /** The body's hash, or that its events are signed, if the request states it in a signed header. */
  payloadHash: string | undefined;
}

/** AWS's own window, on either side of the clock. */
export const WINDOW_MS = 5 * 60_000;
const MAX_AUTHORIZATION = 4096;
const SERVICE = "bedrock";
const TERMINATOR = "aws4_request";

const PARAMETERS = ["Credential", "SignedHeaders", "Signature"] as const;
const ACCESS_KEY_ID = /^[A-Za-z0-9]{1,128}$/;
const DAY = /^[0-9]{8}$/;
const REGION = /^[a-z0-9-]{1,32}$/;
const HEADER_NAME = /^(?::authority|[a-z0-9!#$%&'*+.^_`|~-]+)$/;
const AMZ_DATE = /^[0-9]{8}T[0-9]{6}Z$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;
/** What Bedrock assumes anyway. */
const JSON_TYPE = /^application\/json(?:\s*;\s*charset=utf-8)?$/i;

/**
 * `headers`: every header of the request, names in lower case, the authority under both `host` and `:authority`.
 * `epochMs`: the time by the verifier's clock. `signsEvents`: the body is a stream of signed events. Throws SignetError `incomplete_signature` or `invalid_signature`.
 */
export function claimedSignature(
  authorization: string,
  headers: readonly Header[],
  epochMs: number,
  signsEvents = false,
): ClaimedSignature {
  const parameters = parametersOf(authorization);
  const { accessKeyId, day, scope } = credentialOf(parameters.Credential);
  const signedHeaders = signedHeadersOf(parameters.SignedHeaders);
  if (!SHA256_HEX.test(parameters.Signature)) throw incomplete("'Signature' must be 64 hexadecimal digits.");
  requireSigned(headers, new Set(signedHeaders));
  const date = dateOf(headers);
  if (day !== date.slice(0, 8))
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  requireCurrent(date, epochMs);
  return {
    accessKeyId,
    scope,
    amzDate: date,
    signedHeaders,
    signature: parameters.Signature,
    payloadHash: payloadHashOf(headers, signsEvents),
  };
}

/** Each parameter exactly once, and nothing else. */
function parametersOf(authorization: string): Record<(typeof PARAMETERS)[number], string> {
  if (authorization.length > MAX_AUTHORIZATION)
    throw incomplete(`The Authorization header is longer than ${MAX_AUTHORIZATION} characters.`);
  if (!authorization.startsWith(`${ALGORITHM} `))
    throw incomplete(`Unsupported AWS 'algorithm': only ${ALGORITHM} is accepted.`);
  const found = new Map<string, string>();
  for (const part of authorization.slice(ALGORITHM.length + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (!PARAMETERS.some((known) => known === name))
      throw incomplete("Authorization header has a parameter that Signature Version 4 does not define.");
    if (found.has(name)) throw incomplete(`Authorization header has the parameter '${name}' twice.`);
    found.set(name, part.slice(equals + 1).trim());
  }
  const missing = PARAMETERS.filter((name) => !found.get(name));
  if (missing.length > 0)
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" "));
  const [Credential = "", SignedHeaders = "", Signature = ""] = PARAMETERS.map((name) => found.get(name));
  return { Credential, SignedHeaders, Signature };
}

/** Any region is accepted: the delegation decides where calls go. */
function credentialOf(credential: string): { accessKeyId: string; day: string; scope: string } {
  const elements = credential.split("/");
  const [accessKeyId = "", day = "", region = "", service = "", terminator = ""] = elements;
  if (elements.length !== 5 || !ACCESS_KEY_ID.test(accessKeyId) || !DAY.test(day))
    throw incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
    );
  if (!REGION.test(region)) throw invalid("Credential should be scoped to a valid region.");
  if (service !== SERVICE) throw invalid(`Credential should be scoped to correct service: '${SERVICE}'.`);
  if (terminator !== TERMINATOR)
    throw invalid(`Credential should be scoped with a valid terminator: '${TERMINATOR}'.`);
  return { accessKeyId, day, scope: elements.slice(1).join("/") };
}

function signedHeadersOf(text: string): string[] {
  const names = text.split(";");
  if (!names.every((name) => HEADER_NAME.test(name)))
    throw incomplete("'SignedHeaders' must be header names in lower case, separated by semicolons.");
  if (names.some((name, at) => at > 0 && name <= (names[at - 1] ?? "")))
    throw incomplete("'SignedHeaders' must be sorted, each name once.");
  return names;
}

/**
 * SDKs don't sign headers that change on the way (`x-amzn-trace-id` and others that load balancers add, `user-agent`,
 * `connection`, …), and some don't sign `content-type`. Everything else that could change a call's meaning must be
 * signed.
 */
function requireSigned(headers: readonly Header[], signed: ReadonlySet<string>): void {
  if (!signed.has("host") && !signed.has(":authority"))
    throw incomplete("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  const present = new Set(headers.map(([name]) => name));
  for (const name of signed)
    if (!present.has(name)) throw invalid(`The signed header '${name}' is not part of the request.`);
  for (const [name, value] of headers) {
    if (signed.has(name) || !mustBeSigned(name, value)) continue;
    throw incomplete(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

function mustBeSigned(name: string, value: string): boolean {
  if (name === "content-type") return !JSON_TYPE.test(value);
  return name.startsWith("x-amz-") || name.startsWith("x-amzn-bedrock-");
}

function dateOf(headers: readonly Header[]): string {
  const date = headers.find(([name]) => name === "x-amz-date")?.[1];
  if (date === undefined)
    throw incomplete("Authorization header requires existence of a 'X-Amz-Date' header.");
  const malformed = incomplete("Date must be in ISO-8601 'basic format', e.g. 20261123T014500Z.");
  if (!AMZ_DATE.test(date)) throw malformed;
  const epochMs = epochOf(date);
  if (Number.isNaN(epochMs) || amzDate(epochMs) !== date) throw malformed;
  return date;
}

function epochOf(date: string): number {
  return Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
}

function requireCurrent(date: string, epochMs: number): void {
  const signed = epochOf(date);
  const now = amzDate(epochMs);
  if (signed < epochMs - WINDOW_MS)
    throw expired(
      `Signature expired: ${date} is now earlier than ${amzDate(epochMs - WINDOW_MS)} (${now} - 5 min.)`,
    );
  if (signed > epochMs + WINDOW_MS)
    throw expired(
      `Signature not yet current: ${date} is still later than ${amzDate(epochMs + WINDOW_MS)} (${now} + 5 min.)`,
    );
}

/** `UNSIGNED-PAYLOAD` and other `STREAMING-…` are for S3: they leave the body unprotected or need a chunked body. */
function payloadHashOf(headers: readonly Header[], signsEvents: boolean): string | undefined {
  const stated = headers.find(([name]) => name === "x-amz-content-sha256")?.[1];
  if (signsEvents) {
    if (stated === EVENTS_PAYLOAD) return stated;
    throw invalid(`'x-amz-content-sha256' must be ${EVENTS_PAYLOAD}.`);
  }
  if (stated === undefined || SHA256_HEX.test(stated)) return stated;
  throw invalid("'x-amz-content-sha256' must be the SHA-256 of the body in lower-case hexadecimal.");
}

function incomplete(message: string): SignetError {
  return new SignetError("incomplete_signature", message);
}

function invalid(message: string): SignetError {
  return new SignetError("invalid_signature", message);
}

function expired(message: string): SignetError {
  return new SignetError("signature_expired", message);
}
