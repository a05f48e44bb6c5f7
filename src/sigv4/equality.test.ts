/**
 * Signs random requests with `@smithy/signature-v4` (what AWS's SDKs use), `aws4` and Signet: the three must agree.
 *
 * All three get the path as it goes on the wire and encode it once more. smithy does so with `uriEscapePath`, its
 * default; aws4 does so for every service except S3, unless `doNotEncodePath` is set. smithy wants the query parsed
 * and decoded, aws4 takes it with the path and parses it itself.
 */
import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { sign as signByAws4 } from "aws4";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Secret } from "../core/secret.ts";
import type { Header } from "./canonical-headers.ts";
import { signRequest } from "./sign.ts";

const RUNS = 10_000;

interface Sample {
  method: string;
  path: string;
  parameters: [name: string, values: string[]][];
  headers: Header[];
  body: Uint8Array;
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  region: string;
  epochMs: number;
}

const modelId = fc.oneof(
  fc.constantFrom(
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.amazon.nova-lite-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
    "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-embed-text-v2:0",
    "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:custom-model/base.v1:0:24k/abc!'()*",
  ),
  fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text)),
);

/** Some clients send the colons of a model id raw; every client has to send an ARN's slash as %2F. */
const modelSegment = fc
  .tuple(modelId, fc.boolean())
  .map(([id, rawColon]) =>
    rawColon ? encodeURIComponent(id).replaceAll("%3A", ":") : encodeURIComponent(id),
  );

const path = fc
  .tuple(
    fc.constantFrom("model", "guardrail"),
    modelSegment,
    fc.constantFrom("/invoke", "/converse-stream", "/", ""),
  )
  .map(([first, model, last]) => `/${first}/${model}${last}`);

/** aws4 drops a parameter without a name, and neither library keeps one called `__proto__`. */
const parameterName = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((name) => !name.startsWith("__"));
const parameters = fc.uniqueArray(
  fc.tuple(parameterName, fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 })),
  { selector: ([name]) => name, maxLength: 5 },
);

const bedrockHeaders: fc.Arbitrary<Header[]> = fc.uniqueArray(
  fc.tuple(
    fc.stringMatching(/^x-amzn-bedrock-[a-z]{1,8}$/),
    fc.string({ unit: fc.constantFrom(" ", "\t", "a", "Z", "0", ",", ":", ";", "/", "+", "=", '"') }),
  ),
  { selector: ([name]) => name, maxLength: 4 },
);

const sample: fc.Arbitrary<Sample> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  path,
  parameters,
  headers: bedrockHeaders,
  body: fc.uint8Array({ maxLength: 200 }),
  keys: fc.record(
    {
      accessKeyId: fc.stringMatching(/^A[KS]IA[A-Z2-7]{16}$/),
      secretAccessKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
      sessionToken: fc.stringMatching(/^[A-Za-z0-9/+]{1,80}={0,2}$/),
    },
    { requiredKeys: ["accessKeyId", "secretAccessKey"] },
  ),
  region: fc.constantFrom("us-east-1", "eu-central-1", "us-gov-west-1"),
  epochMs: fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) }),
});

test(`signs ${RUNS} random requests as @smithy/signature-v4 and aws4 do`, async () => {
  await fc.assert(
    fc.asyncProperty(sample, async (given) => {
      const host = `bedrock-runtime.${given.region}.amazonaws.com`;
      const headers: Header[] = [
        ["content-type", "application/json"],
        ["host", host],
        ["content-length", String(given.body.length)],
        ...given.headers,
      ];
      const { accessKeyId, secretAccessKey, sessionToken } = given.keys;
      const signed = signRequest(
        { method: given.method, path: given.path, query: wireQuery(given), headers, body: given.body },
        {
          accessKeyId,
          secretAccessKey: new Secret(secretAccessKey),
          ...(sessionToken === undefined ? {} : { sessionToken: new Secret(sessionToken) }),
        },
        { region: given.region, service: "bedrock" },
        given.epochMs,
      );
      expect(signed).toEqual(await bySmithy(given, headers, host));
      expect(signed.authorization).toBe(byAws4(given, headers, signed["x-amz-date"]));
    }),
    { numRuns: RUNS },
  );
});

/** Encoded more loosely than the canonical form wants (`!'()*` stay) and in any order. */
function wireQuery({ parameters: all }: Sample): string {
  return all
    .flatMap(([name, values]) =>
      values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
    )
    .join("&");
}

/** node:crypto in the shape that smithy wants; its own JavaScript SHA-256 would take minutes. */
class NodeSha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error("not used by the signer");
  }
}

async function bySmithy(given: Sample, headers: Header[], host: string): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials: given.keys,
    region: given.region,
    service: "bedrock",
    sha256: NodeSha256,
    uriEscapePath: true,
    applyChecksum: true,
  });
  const request = {
    method: given.method,
    protocol: "https:",
    hostname: host,
    path: given.path,
    query: Object.fromEntries(given.parameters),
    headers: Object.fromEntries(headers),
    body: given.body,
  };
  const signed = await signer.sign(request, { signingDate: new Date(given.epochMs) });
  const own = new Set(headers.map(([name]) => name));
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => !own.has(name)));
}

function byAws4(given: Sample, headers: Header[], amzDate: string): string | undefined {
  const query = wireQuery(given);
  const signed = signByAws4(
    {
      method: given.method,
      path: query === "" ? given.path : `${given.path}?${query}`,
      service: "bedrock",
      region: given.region,
      headers: {
        ...Object.fromEntries(headers),
        "x-amz-date": amzDate,
        "x-amz-content-sha256": createHash("sha256").update(given.body).digest("hex"),
      },
      body: Buffer.from(given.body),
    },
    given.keys,
  );
  return signed.headers["Authorization"];
}
