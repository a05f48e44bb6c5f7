import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { assert, asyncProperty, constantFrom, dictionary, integer, option, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../core/secret.ts";
import { presignRequest } from "./presign.ts";

/** Node's hashes in the form that smithy's signer takes. */
class Sha256 {
  readonly #hash;
  constructor(key?: unknown) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as Uint8Array);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: new Secret("wJalrXUtnFEMI") };
const request = {
  method: "GET",
  path: "/",
  query: "",
  headers: [["host", "example.com"]],
  body: "",
} as const;
const validity = { epochMs: Date.parse("2026-11-23T08:00:00Z"), expiresInSeconds: 60 };
const scope = { region: "us-east-1", service: "bedrock" };

describe("a presigned request", () => {
  it("equals another signer's, for any query, token and lifetime", async () => {
    const text = string({ minLength: 1, maxLength: 12, unit: "grapheme" });
    const cases = asyncProperty(
      dictionary(text, text, { maxKeys: 4 }),
      option(text, { nil: undefined }),
      integer({ min: 1, max: 43_200 }),
      constantFrom("us-east-1", "eu-central-1"),
      async (query, token, expiresInSeconds, region) => {
        const signer = new SignatureV4({
          service: "bedrock",
          region,
          sha256: Sha256,
          credentials: {
            accessKeyId: "AKIDEXAMPLE",
            secretAccessKey: "wJalrXUtnFEMI",
            ...(token === undefined ? {} : { sessionToken: token }),
          },
        });
        const theirs = await signer.presign(
          {
            method: "POST",
            protocol: "https:",
            hostname: "bedrock.amazonaws.com",
            headers: { host: "bedrock.amazonaws.com" },
            path: "/",
            query,
          },
          { expiresIn: expiresInSeconds, signingDate: new Date(validity.epochMs) },
        );
        const wire = Object.entries(query)
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
          .join("&");
        const ours = presignRequest(
          {
            method: "POST",
            path: "/",
            query: wire,
            headers: [["host", "bedrock.amazonaws.com"]],
            body: "",
          },
          token === undefined ? credentials : { ...credentials, sessionToken: new Secret(token) },
          { region, service: "bedrock" },
          { ...validity, expiresInSeconds },
        );
        expect(Object.fromEntries(new URLSearchParams(ours.replaceAll("+", "%2B")))).toEqual(theirs.query);
      },
    );
    await assert(cases, { numRuns: 500, seed: 20_261_123 });
  });

  it("is never signed with an undefined secret", () => {
    const empty = { accessKeyId: "AKID", secretAccessKey: new Secret("") };
    expect(() => presignRequest(request, empty, scope, validity)).toThrow(TypeError);
  });
});
