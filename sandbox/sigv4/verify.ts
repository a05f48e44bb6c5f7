/**
 * Verifies a request's Signature Version 4 against the raw request, with AWS's own signer library and none of the
 * gateway's code. Wording and order of the refusals follow what AWS answers.
 * Source: "Signing AWS API requests" and its troubleshooting page in the IAM user guide.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { AwsError } from "../errors.ts";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";
import { amzDateOf, checkSignedHeaders, codesOf, parseAuthorization } from "./authorization.ts";
import type { Authorization, Codes, SigningService } from "./authorization.ts";
import { EVENTS_PAYLOAD, recompute } from "./recompute.ts";

/** How far a signature's date may be from the service's clock. */
export const MAX_SKEW_MS = 5 * 60_000;
const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** An access key of the directory. */
export interface KnownKey {
  secretAccessKey: string;
  /** Absent for long-term keys. */
  sessionToken?: string;
  /** Epoch milliseconds; absent for long-term keys. */
  expiresAt?: number;
}

export interface Expectation {
  service: SigningService;
  /** Regions whose endpoints are served here. */
  regions: ReadonlySet<string>;
  /** The Host header's region, if it has one. */
  hostRegion: string | null;
  /** Epoch milliseconds. */
  now: number;
  /** The key as known in the region. */
  findKey(accessKeyId: string, region: string): KnownKey | undefined;
}

/** Returns the signer and the region; otherwise throws an AwsError with AWS's code and wording. */
export async function verifySignature(
  request: WireRequest,
  expected: Expectation,
): Promise<{ accessKeyId: string; region: string; signature: string }> {
  const codes = codesOf(expected.service);
  const authorization = parseAuthorization(request, codes);
  const { accessKeyId, region } = authorization;
  const key = expected.findKey(accessKeyId, region);
  const token = headerOf(request, "x-amz-security-token");
  if (key === undefined || !sameText(token ?? "", key.sessionToken ?? "")) {
    throw new AwsError(codes.unknown, 403, "The security token included in the request is invalid.");
  }
  checkScope(authorization, request, expected);
  checkSignedHeaders(authorization, request, codes);
  checkSkew(amzDateOf(request, codes), expected);
  checkPayloadHash(request, expected.service);
  await checkMatch(authorization, request, { secretAccessKey: key.secretAccessKey, codes });
  if (key.expiresAt !== undefined && key.expiresAt <= expected.now) {
    throw new AwsError(codes.expired, 403, "The security token included in the request is expired");
  }
  return { accessKeyId, region, signature: authorization.signature };
}

function checkScope(authorization: Authorization, request: WireRequest, expected: Expectation): void {
  const { date, region, service, terminator } = authorization;
  const codes = codesOf(expected.service);
  const refuse = (message: string): AwsError => new AwsError(codes.mismatch, 403, message);
  if (service !== expected.service) {
    throw refuse(`Credential should be scoped to correct service: '${expected.service}'. `);
  }
  if (!expected.regions.has(region) || (expected.hostRegion !== null && expected.hostRegion !== region)) {
    throw refuse(`Credential should be scoped to a valid region. `);
  }
  if (terminator !== "aws4_request") {
    throw refuse(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'. `,
    );
  }
  const amzDate = amzDateOf(request, codes);
  if (date !== amzDate.slice(0, 8)) {
    throw refuse(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    );
  }
}

function checkSkew(amzDate: string, expected: Expectation): void {
  const signedAt = parseAmzDate(amzDate);
  const refuse = (message: string): AwsError =>
    new AwsError(codesOf(expected.service).mismatch, 403, message);
  const now = formatAmzDate(expected.now);
  if (signedAt < expected.now - MAX_SKEW_MS) {
    const limit = formatAmzDate(expected.now - MAX_SKEW_MS);
    throw refuse(`Signature expired: ${amzDate} is now earlier than ${limit} (${now} - 5 min.)`);
  }
  if (signedAt > expected.now + MAX_SKEW_MS) {
    const limit = formatAmzDate(expected.now + MAX_SKEW_MS);
    throw refuse(`Signature not yet current: ${amzDate} is still later than ${limit} (${now} + 5 min.)`);
  }
}

function checkPayloadHash(request: WireRequest, service: SigningService): void {
  const claimed = headerOf(request, "x-amz-content-sha256");
  if (request.events !== undefined && claimed === EVENTS_PAYLOAD) return;
  if (claimed === undefined && request.events === undefined) return;
  if (claimed !== undefined && HEX_SHA256.test(claimed) && claimed === hash("sha256", request.body, "hex"))
    return;
  throw new AwsError(
    codesOf(service).mismatch,
    403,
    "The value of 'x-amz-content-sha256' does not match the SHA-256 of the payload.",
  );
}

async function checkMatch(
  authorization: Authorization,
  request: WireRequest,
  { secretAccessKey, codes }: { secretAccessKey: string; codes: Codes },
): Promise<void> {
  const amzDate = amzDateOf(request, codes);
  const expected = await recompute(authorization, request, { secretAccessKey, amzDate });
  if (sameText(expected.signature, authorization.signature)) return;
  // AWS does print both strings; tests check that the gateway doesn't pass them on.
  throw new AwsError(
    codes.mismatch,
    403,
    "The request signature we calculated does not match the signature you provided. " +
      "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
      `The Canonical String for this request should have been\n'${expected.canonicalRequest}'\n\n` +
      `The String-to-Sign should have been\n'${expected.stringToSign}'\n`,
  );
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function parseAmzDate(value: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(value) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

function formatAmzDate(epochMs: number): string {
  return `${new Date(epochMs).toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}Z`;
}
