/**
 * The credential scope and the string to sign: steps 2 and 3 of signing.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from "node:crypto";

export const ALGORITHM = "AWS4-HMAC-SHA256";

/** What a signature is valid for. `service` is the signing name: `bedrock` for the Bedrock runtime too. */
export interface SigningScope {
  region: string;
  service: string;
}

/** `20261123/us-east-1/bedrock/aws4_request`; `date` is the first eight digits of `x-amz-date`. */
export function credentialScope(date: string, { region, service }: SigningScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** `amzDate` is `20261123T014500Z`, `scope` the credential scope; the canonical request is hashed here. */
export function stringToSign(amzDate: string, scope: string, canonicalRequest: string): string {
  return `${ALGORITHM}\n${amzDate}\n${scope}\n${hash("sha256", canonicalRequest, "hex")}`;
}
