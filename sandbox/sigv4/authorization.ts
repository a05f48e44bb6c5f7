/** The Authorization header of Signature Version 4, and the codes of its refusals. */
import { AwsError } from "../errors.ts";
import { headerOf } from "../wire.ts";
import type { WireRequest } from "../wire.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
/** SDKs on HTTP/2 sign the Host header under this name. */
export const AUTHORITY = ":authority";

/** SigV4's name of each service here. */
export const SERVICES = [
  "bedrock",
  "bedrock-mantle",
  "sts",
  "kms",
  "s3",
  "iam",
  "ec2",
  "secretsmanager",
  "dynamodb",
  "lambda",
  "logs",
] as const;
export type SigningService = (typeof SERVICES)[number];

/** The service that the Authorization header is scoped to, unverified; undefined if it is none of these. */
export function claimedService(request: WireRequest): SigningService | undefined {
  const scope = /Credential=[^/,\s]*\/[^/,\s]*\/[^/,\s]*\/([^/,\s]*)\//.exec(
    headerOf(request, "authorization") ?? "",
  );
  return SERVICES.find((service) => service === scope?.[1]);
}

export interface Authorization {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  terminator: string;
  signedHeaders: string[];
  signature: string;
}

/** The query and XML protocols have different names for the same refusals than the JSON ones. */
const JSON_CODES = {
  missing: "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
  unknown: "UnrecognizedClientException",
  expired: "ExpiredTokenException",
  mismatch: "InvalidSignatureException",
};
const XML_CODES: Codes = {
  missing: "MissingAuthenticationToken",
  incomplete: "IncompleteSignature",
  unknown: "InvalidClientTokenId",
  expired: "ExpiredToken",
  mismatch: "SignatureDoesNotMatch",
};

export type Codes = Record<keyof typeof JSON_CODES, string>;

export function codesOf(service: SigningService): Codes {
  return ["sts", "s3", "iam", "ec2"].includes(service) ? XML_CODES : JSON_CODES;
}

export function parseAuthorization(request: WireRequest, codes: Codes): Authorization {
  const header = headerOf(request, "authorization");
  if (header === undefined) {
    throw new AwsError(codes.missing, 403, "Missing Authentication Token");
  }
  const space = header.indexOf(" ");
  if (header.slice(0, Math.max(space, 0)) !== ALGORITHM) {
    throw incomplete(codes, `Unsupported AWS 'algorithm': '${header.slice(0, Math.max(space, 0))}'.`);
  }
  const fields = new Map<string, string>();
  for (const part of header.slice(space + 1).split(",")) {
    const [name = "", ...value] = part.trim().split("=");
    if (fields.has(name)) throw incomplete(codes, `Authorization header has duplicate '${name}' parameters.`);
    fields.set(name, value.join("="));
  }
  for (const name of ["Credential", "SignedHeaders", "Signature"]) {
    if (!fields.get(name)) throw incomplete(codes, `Authorization header requires '${name}' parameter.`);
  }
  const scope = (fields.get("Credential") ?? "").split("/");
  if (scope.length !== 5) {
    throw incomplete(codes, "Credential must have exactly 5 slash-delimited elements.");
  }
  const [accessKeyId = "", date = "", region = "", service = "", terminator = ""] = scope;
  const signedHeaders = (fields.get("SignedHeaders") ?? "").split(";");
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders,
    signature: fields.get("Signature") ?? "",
  };
}

function incomplete(codes: Codes, message: string): AwsError {
  return new AwsError(codes.incomplete, 400, message);
}

export function amzDateOf(request: WireRequest, codes: Codes): string {
  const value = headerOf(request, "x-amz-date");
  if (value === undefined) {
    throw incomplete(
      codes,
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  if (!/^\d{8}T\d{6}Z$/.test(value)) {
    throw incomplete(codes, `Date must be in ISO-8601 'basic format'. Got '${value}'.`);
  }
  return value;
}

/** `host` and every `x-amz-*` header of the request must be signed. */
export function checkSignedHeaders(authorization: Authorization, request: WireRequest, codes: Codes): void {
  const { signedHeaders } = authorization;
  if (!signedHeaders.includes("host") && !signedHeaders.includes(AUTHORITY)) {
    throw incomplete(codes, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const [name] of request.headers) {
    if (name.startsWith("x-amz-") && !signedHeaders.includes(name)) {
      throw incomplete(codes, `'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
    }
  }
  const sorted = signedHeaders.toSorted();
  if (signedHeaders.some((name, i) => name !== sorted[i] || name !== name.toLowerCase())) {
    throw incomplete(codes, "'SignedHeaders' must be lower case and sorted.");
  }
}
