/**
 * AWS's Signature Version 4 test suite (aws-c-auth, tests/aws-signing-test-suite/v4): one folder a case, with the
 * request, its context and what each step must give. SIGV4_VECTORS names the folder; it is not part of this package.
 */
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Credentials } from "../core/credentials.ts";
import { Secret } from "../core/secret.ts";
import { authorization } from "./authorization.ts";
import { canonicalHeaders, type Header } from "./canonical-headers.ts";
import { canonicalPath } from "./canonical-path.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { uriEncodePath } from "./encode.ts";
import { presignRequest, signingParameters } from "./presign.ts";
import { signRequest } from "./sign.ts";
import { credentialScope, stringToSign } from "./string-to-sign.ts";
import { verifySignature } from "./verify.ts";

const NAMED = process.env["SIGV4_VECTORS"];
const FOLDER = NAMED ?? fileURLToPath(new URL("../../../shared/vectors/aws-sigv4", import.meta.url));

const USED = [
  "context.json",
  "header-canonical-request.txt",
  "header-signature.txt",
  "header-signed-request.txt",
  "header-string-to-sign.txt",
  "query-canonical-request.txt",
  "query-signature.txt",
  "query-signed-request.txt",
  "query-string-to-sign.txt",
  "request.txt",
];
/**
 * The cases whose signed headers are the ones `signRequest` adds. It always signs x-amz-content-sha256, which the
 * suite does only where a context says `sign_body`; the other cases go through the same steps one by one.
 */
const SIGNED_BY_SIGN_REQUEST = ["post-x-www-form-urlencoded", "post-x-www-form-urlencoded-parameters"];

interface Context {
  credentials: { access_key_id: string; secret_access_key: string; token?: string };
  normalize: boolean;
  region: string;
  service: string;
  sign_body: boolean;
  timestamp: string;
  omit_session_token?: boolean;
  expiration_in_seconds: number;
}

interface Vector {
  request: { method: string; path: string; query: string; headers: Header[]; body: string };
  context: Context;
  credentials: Credentials;
  expected: {
    canonicalRequest: string;
    stringToSign: string;
    signature: string;
    authorization: string;
    presigned: { canonicalRequest: string; stringToSign: string; signature: string; target: string };
  };
}

const cases = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  : [];

const absent = cases.length === 0 ? [FOLDER] : [];

test.each(absent)("AWS's vectors are absent: set SIGV4_VECTORS", (folder) => {
  process.stderr.write(`WARNING: no SigV4 vectors in ${folder}; set SIGV4_VECTORS to their folder.\n`);
  // Absent is fine; a named folder without cases is a mistake.
  expect(NAMED).toBeUndefined();
});

test.each(cases)("%s holds nothing but what is checked", (name) => {
  expect(readdirSync(join(FOLDER, name)).toSorted()).toEqual(USED);
  expect(SIGNED_BY_SIGN_REQUEST.includes(name)).toBe(read(name).context.sign_body);
});

test.each(cases)("%s: canonical request, string to sign, signature and header", (name) => {
  const { request, context, credentials, expected } = read(name);
  const amzDate = context.timestamp.replaceAll(/[-:]/g, "");
  const payloadHash = hash("sha256", request.body, "hex");
  const headers = canonicalHeaders([...request.headers, ...addedHeaders(context, amzDate, payloadHash)]);
  const canonical = canonicalRequest({
    method: request.method,
    // Without normalization (as for S3) only the encoding remains of this step.
    path: context.normalize ? canonicalPath(request.path) : uriEncodePath(request.path),
    query: canonicalQuery(request.query),
    headers,
    payloadHash,
  });
  expect(canonical).toBe(expected.canonicalRequest);
  const scope = credentialScope(amzDate.slice(0, 8), context);
  expect(stringToSign(amzDate, scope, canonical)).toBe(expected.stringToSign);
  const signable = { canonicalRequest: canonical, signedHeaders: headers.signed, amzDate };
  const header = authorization(signable, credentials, context);
  expect(header).toBe(expected.authorization);
  expect(header.endsWith(`Signature=${expected.signature}`)).toBe(true);
});

test.each(cases.filter((name) => SIGNED_BY_SIGN_REQUEST.includes(name)))(
  "%s: signRequest as a whole",
  (name) => {
    const { request, context, credentials, expected } = read(name);
    const signed = signRequest(request, credentials, context, Date.parse(context.timestamp));
    expect(signed.authorization).toBe(expected.authorization);
  },
);

test.each(cases)("%s: presigned canonical request, string to sign and signature", (name) => {
  const { request, context, credentials, expected } = read(name);
  const { presigned } = expected;
  const body = context.sign_body ? request.body : "";
  const lifetime = {
    epochMs: Date.parse(context.timestamp),
    expiresInSeconds: context.expiration_in_seconds,
  };
  const { token } = context.credentials;
  const signsToken = token !== undefined && !context.omit_session_token;
  const signer = signsToken ? { ...credentials, sessionToken: new Secret(token) } : credentials;
  const headers = canonicalHeaders(request.headers);
  const parameters = signingParameters(headers.signed, signer, context, lifetime);
  const canonical = canonicalRequest({
    method: request.method,
    path: context.normalize ? canonicalPath(request.path) : uriEncodePath(request.path),
    query: canonicalQuery([request.query, parameters].filter((part) => part !== "").join("&")),
    headers,
    payloadHash: hash("sha256", body, "hex"),
  });
  expect(canonical).toBe(presigned.canonicalRequest);
  const amzDate = context.timestamp.replaceAll(/[-:]/g, "");
  const scope = credentialScope(amzDate.slice(0, 8), context);
  expect(stringToSign(amzDate, scope, canonical)).toBe(presigned.stringToSign);
  // Besides the steps, presigning as a whole: it normalizes paths, as all services but S3 do.
  if (!context.normalize) return;
  const query = presignRequest({ ...request, body }, signer, context, lifetime);
  expect(query).toContain(`X-Amz-Signature=${presigned.signature}`);
  expect(presigned.target).toContain(`X-Amz-Signature=${presigned.signature}`);
});

test.each(cases)("%s: only the signed request is verified", (name) => {
  const { request, context, credentials, expected } = read(name);
  // Verification normalizes paths, as all services but S3 do.
  if (!context.normalize) return;
  const amzDate = context.timestamp.replaceAll(/[-:]/g, "");
  const payloadHash = hash("sha256", request.body, "hex");
  const headers = [...request.headers, ...addedHeaders(context, amzDate, payloadHash)];
  const claimed = {
    accessKeyId: credentials.accessKeyId,
    scope: credentialScope(amzDate.slice(0, 8), context),
    amzDate,
    signedHeaders: canonicalHeaders(headers).signed.split(";"),
    signature: expected.signature,
    payloadHash,
  };
  const received = { ...request, headers };
  verifySignature(received, claimed, credentials.secretAccessKey, payloadHash);
  expect(() =>
    verifySignature({ ...received, method: "PUT" }, claimed, credentials.secretAccessKey, payloadHash),
  ).toThrow("does not match");
});

function addedHeaders(context: Context, amzDate: string, payloadHash: string): Header[] {
  const added: Header[] = [["x-amz-date", amzDate]];
  if (context.sign_body) added.push(["x-amz-content-sha256", payloadHash]);
  const { token } = context.credentials;
  if (token !== undefined && !context.omit_session_token) added.push(["x-amz-security-token", token]);
  return added;
}

function read(name: string): Vector {
  const file = (part: string): string => readFileSync(join(FOLDER, name, part), "utf8");
  const context = JSON.parse(file("context.json")) as Context;
  return {
    request: parseRequest(file("request.txt")),
    context,
    credentials: {
      accessKeyId: context.credentials.access_key_id,
      secretAccessKey: new Secret(context.credentials.secret_access_key),
    },
    expected: {
      canonicalRequest: file("header-canonical-request.txt"),
      stringToSign: file("header-string-to-sign.txt"),
      signature: file("header-signature.txt"),
      authorization: /^Authorization:(.*)$/m.exec(file("header-signed-request.txt"))![1]!,
      presigned: {
        canonicalRequest: file("query-canonical-request.txt"),
        stringToSign: file("query-string-to-sign.txt"),
        signature: file("query-signature.txt"),
        target: file("query-signed-request.txt").split("\n")[0]!,
      },
    },
  };
}

/** The targets in the suite hold raw spaces, and a header's value may continue on lines that start with a space. */
function parseRequest(text: string): Vector["request"] {
  const [head = "", body = ""] = text.split("\n\n");
  const [, method = "", target = "", lines = ""] = /^([A-Z]+) (.*) HTTP\/1\.1\n([^]*)$/.exec(head)!;
  const [path = "", query = ""] = target.split("?");
  const headers = lines
    .trimEnd()
    .split(/\n(?! )/)
    .map((line): Header => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1)];
    });
  return { method, path, query, headers, body };
}
