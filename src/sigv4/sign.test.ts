import { describe, expect, test } from "vitest";
import type { Credentials } from "../core/credentials.ts";
import { Secret } from "../core/secret.ts";
import { signRequest, type SigningRequest } from "./sign.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE = { region: "us-east-1", service: "bedrock" };
const NOON = Date.UTC(2026, 10, 23, 12);
const DAY = 24 * 60 * 60 * 1000;

const request: SigningRequest = {
  method: "POST",
  path: "/model/amazon.nova-lite-v1%3A0/converse",
  query: "",
  headers: [
    ["content-type", "application/json"],
    ["host", "bedrock-runtime.us-east-1.amazonaws.com"],
  ],
  body: '{"messages":[]}',
};

function credentials(): Credentials {
  return {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: new Secret(SECRET),
    sessionToken: new Secret("token=="),
  };
}

describe("a signed request", () => {
  test("carries its date, the hash of its body and the session token, all of them signed", () => {
    const signed = signRequest(request, credentials(), SCOPE, NOON);
    expect(signed).toEqual({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/20261123\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      ),
      "x-amz-content-sha256": "5e4ce7b36ba37b78a5d5f9fd08e6b7b54ba6879d651aa46ec9e1d6fa24ebe30a",
      "x-amz-date": "20261123T120000Z",
      "x-amz-security-token": "token==",
    });
  });

  test("has no token header when the credentials are long-lived", () => {
    const { sessionToken: _none, ...longLived } = credentials();
    const signed = signRequest(request, longLived, SCOPE, NOON);
    expect(Object.keys(signed)).not.toContain("x-amz-security-token");
    expect(signed.authorization).not.toContain("x-amz-security-token");
  });

  test.each<[string, Partial<SigningRequest>]>([
    ["method", { method: "PUT" }],
    ["path", { path: "/model/amazon.nova-lite-v1%3a0/converse" }],
    ["query", { query: "a=1" }],
    ["headers", { headers: [["host", "bedrock-runtime.us-east-1.amazonaws.com"]] }],
    ["body", { body: '{"messages":[] }' }],
  ])("has a different signature if its %s differs in the least", (_what, change) => {
    const changed = signRequest({ ...request, ...change }, credentials(), SCOPE, NOON);
    expect(changed.authorization).not.toBe(signRequest(request, credentials(), SCOPE, NOON).authorization);
  });

  test("has the same signature whether the body is given as text, as bytes or with its hash", () => {
    const text = signRequest({ ...request, body: "né" }, credentials(), SCOPE, NOON);
    const bytes = signRequest(
      { ...request, body: new TextEncoder().encode("né") },
      credentials(),
      SCOPE,
      NOON,
    );
    const payloadHash = text["x-amz-content-sha256"];
    const hashed = signRequest({ ...request, body: "", payloadHash }, credentials(), SCOPE, NOON);
    expect(bytes).toEqual(text);
    expect(hashed).toEqual(text);
  });

  test("is dated to the second, even right after a second has passed", () => {
    const dates = [NOON + 999, NOON + 1000, NOON].map(
      (epochMs) => signRequest(request, credentials(), SCOPE, epochMs)["x-amz-date"],
    );
    expect(dates).toEqual(["20261123T120000Z", "20261123T120001Z", "20261123T120000Z"]);
  });
});

describe("signing keys", () => {
  test("stay correct over many days and regions with one secret", () => {
    const kept = credentials();
    for (let day = 0; day < 100; day += 1) {
      const scope = { region: `region-${day % 7}`, service: "bedrock" };
      const fresh = signRequest(request, credentials(), scope, NOON + day * DAY);
      expect(signRequest(request, kept, scope, NOON + day * DAY)).toEqual(fresh);
    }
  });

  test("belong to one secret: two sessions of one access key id sign differently", () => {
    const other = { ...credentials(), secretAccessKey: new Secret("another secret") };
    const one = signRequest(request, credentials(), SCOPE, NOON);
    expect(signRequest(request, other, SCOPE, NOON).authorization).not.toBe(one.authorization);
  });

  test.each([{ accessKeyId: "" }, { secretAccessKey: new Secret("") }])(
    "are not derived from empty credentials",
    (empty) => {
      expect(() => signRequest(request, { ...credentials(), ...empty }, SCOPE, NOON)).toThrow(TypeError);
    },
  );

  test("never show the secret they are derived from", () => {
    expect(JSON.stringify(signRequest(request, credentials(), SCOPE, NOON))).not.toContain(SECRET);
  });
});
