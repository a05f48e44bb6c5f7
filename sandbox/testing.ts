/** For tests of and against the sandbox: an account that delegates a role, SDK clients, signed raw requests. */
import { request as httpRequest } from "node:http";
import { hash } from "node:crypto";
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { STSClient } from "@aws-sdk/client-sts";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { systemNow } from "./clock.ts";
import type { Sandbox } from "./index.ts";
import { seedDefaults } from "./seed.ts";
import type { Seeded } from "./seed.ts";
import { Sha256 } from "./sigv4/recompute.ts";

export const REGION = "us-east-1";
export const OWNER = "222222222222";
export const CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0";
export const EXTERNAL_ID = "external-id-of-this-tenant";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export const allow = (
  Action: string | string[],
  Resource: string | string[] = "*",
  Condition?: object,
): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) }],
});

export const trust = (
  principal: string,
  Condition: object = { StringEquals: { "sts:ExternalId": EXTERNAL_ID } },
  Action: string | string[] = "sts:AssumeRole",
): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action, Condition }],
});

/** The gateway's user and a role in another account that trusts it under an External ID. */
export function delegateRole(
  sandbox: Sandbox,
  policy: object = allow("bedrock:*"),
): { seeded: Seeded; roleArn: string } {
  const seeded = seedDefaults(sandbox);
  const { arn } = sandbox.iam.createRole({
    account: OWNER,
    roleName: "bedrock-for-signet",
    trustPolicy: trust(seeded.userArn),
    inlinePolicies: { Bedrock: policy },
  });
  return { seeded, roleArn: arn };
}

/** Credentials of a new role in the delegating account with exactly this policy. */
export function sessionWith(sandbox: Sandbox, policy: object, roleName = "direct"): Keys {
  const { arn } = sandbox.iam.createRole({
    account: OWNER,
    roleName,
    trustPolicy: trust(OWNER, {}),
    inlinePolicies: { Bedrock: policy },
  });
  return sandbox.iam.createSession({ roleArn: arn, roleSessionName: "tests" });
}

export function stsClient(sandbox: Sandbox, credentials: Keys): STSClient {
  return new STSClient({ region: REGION, endpoint: sandbox.url, credentials, maxAttempts: 1 });
}

/** Speaks h2c, the SDK's default, unless HTTP/1.1 is requested. */
export function bedrockClient(
  sandbox: Sandbox,
  credentials: Keys,
  { http1 = false, region = REGION }: { http1?: boolean; region?: string } = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region,
    endpoint: sandbox.url,
    credentials,
    maxAttempts: 1,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
  });
}

export interface RawRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A correctly signed request, still to be tampered with. */
export async function signedRequest(
  sandbox: Sandbox,
  credentials: Keys,
  given: {
    path: string;
    body?: string;
    method?: string;
    service?: string;
    region?: string;
    signingDate?: Date;
    headers?: Record<string, string>;
  },
): Promise<RawRequest> {
  const {
    path,
    body = "{}",
    method = "POST",
    service = "bedrock",
    region = REGION,
    signingDate = new Date(systemNow()),
    headers = {},
  } = given;
  const host = new URL(sandbox.url).host;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const [bare = "/", search = ""] = path.split("?");
  const signed = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: host,
      path: bare,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: { ...headers, host, "x-amz-content-sha256": hash("sha256", body, "hex") },
      body,
    },
    { signingDate },
  );
  return { method, path, headers: signed.headers, body };
}

/** A fetch for SDKs of other vendors: it signs as an AWS caller does, instead of sending the SDK's own secret. */
export function signingFetch(
  credentials: Keys,
  { service = "bedrock", region = REGION }: { service?: string; region?: string } = {},
): typeof fetch {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return async (input, init) => {
    const request = new Request(input, init);
    const { host, pathname, search } = new URL(request.url);
    const body = await request.text();
    const headers = Object.fromEntries(
      [...request.headers].filter(([name]) => name !== "authorization" && name !== "x-api-key"),
    );
    const signed = await signer.sign({
      method: request.method,
      protocol: "http:",
      hostname: host,
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: { ...headers, host, "x-amz-content-sha256": hash("sha256", body, "hex") },
      body,
    });
    const { method, signal } = request;
    return fetch(request.url, {
      method,
      headers: signed.headers,
      signal,
      ...(body === "" ? {} : { body }),
    });
  };
}

/** Sends the path exactly as given: no URL parser in between. */
export async function sendRaw(
  sandbox: Sandbox,
  { method, path, headers, body }: RawRequest,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(sandbox.url);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: hostname, port, method, path, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const status = incoming.statusCode ?? 0;
          resolve({ status, headers: incoming.headers, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export async function collect<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const list: T[] = [];
  if (items !== undefined) for await (const item of items) list.push(item);
  return list;
}

export const says = (text: string): { role: "user"; content: { text: string }[] }[] => [
  { role: "user", content: [{ text }] },
];

/** A minimal InvokeModel body for Claude. */
export const claudeBody = (content: string, extra: object = {}): string =>
  JSON.stringify({
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 100,
    messages: [{ role: "user", content }],
    ...extra,
  });

/** The same policy, with the account's default project, which every call on a model needs as well. */
export function withProject(policy: object): object {
  const { Statement } = policy as { Statement: object | object[] };
  const project = {
    Effect: "Allow",
    Action: "bedrock:InvokeModel",
    Resource: `arn:aws:bedrock:*:${OWNER}:project/default`,
  };
  return { ...policy, Statement: [Statement, project].flat() };
}
