/** T10: nothing in a signed request can be changed in transit, by anyone who can read it. */
import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import type { Header } from "../../src/sigv4/canonical-headers.ts";
import { claimedSignature } from "../../src/sigv4/claimed.ts";
import { signRequest } from "../../src/sigv4/sign.ts";
import { verifyPayload, verifySignature } from "../../src/sigv4/verify.ts";
import { coded } from "./coded.ts";
import { cases } from "./figure.ts";

describe("a signed request (T10)", () => {
  const NOON = Date.UTC(2026, 10, 23, 12);
  const ACCESS_KEY_ID = "SGNTABCDEFGHIJKLMNOP";
  const SECRET = new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  const REQUEST = { method: "POST", path: "/model/us.amazon.nova-lite-v1:0/converse", query: "b=2&a=1" };
  const BODY = '{"messages":[]}';
  const HEADERS: Header[] = [
    ["content-type", "application/json"],
    ["host", "signet.example.com"],
    ["x-amzn-bedrock-trace", "ENABLED"],
  ];
  const added = signRequest(
    { ...REQUEST, headers: HEADERS, body: Buffer.from(BODY) },
    { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET },
    { region: "eu-central-1", service: "bedrock" },
    NOON,
  );
  const SIGNED = [...HEADERS, ...Object.entries(added)];

  function outcome(parts: { path: string; query: string; headers: Header[]; body: string }): string {
    const verified = coded(() => {
      const authorization = parts.headers.find(([each]) => each === "authorization")?.[1] ?? "";
      const claimed = claimedSignature(authorization, parts.headers, NOON);
      if (claimed.accessKeyId !== ACCESS_KEY_ID) return "another's";
      const payloadHash = claimed.payloadHash ?? hash("sha256", parts.body, "hex");
      verifySignature({ method: "POST", ...parts }, claimed, SECRET, payloadHash);
      verifyPayload(payloadHash, Buffer.from(parts.body));
      return "verified";
    });
    return typeof verified === "string" ? verified : verified.refused;
  }

  it("is accepted unchanged (T10)", () => {
    expect(outcome({ ...REQUEST, headers: SIGNED, body: BODY })).toBe("verified");
  });

  it("is refused if any of its characters was changed (T10)", (context) => {
    const parts = [REQUEST.path, REQUEST.query, BODY, ...SIGNED.map(([, text]) => text)];
    const letters = fc.constantFrom(
      ..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/=;:._-".split(""),
    );
    fc.assert(
      fc.property(fc.nat(parts.length - 1), fc.nat(), letters, (index, where, letter) => {
        const part = parts[index] ?? "";
        const at = where % part.length;
        const changed = [...parts];
        changed[index] = part.slice(0, at) + letter + part.slice(at + 1);
        if (changed[index] === part) return;
        const [path = "", query = "", body = "", ...values] = changed;
        const headers = SIGNED.map(([each], i): Header => [each, values[i] ?? ""]);
        expect(outcome({ path, query, headers, body })).not.toBe("verified");
      }),
      cases(context, 2_000, 100_000),
    );
  });

  it("is refused with a code if its Authorization header was changed in any way (T10)", (context) => {
    const { authorization = "" } = Object.fromEntries(SIGNED) as Record<string, string>;
    const pieces = authorization.split(/(?<=[ ,;/=])/);
    const piece = fc.oneof(
      fc.constantFrom(...pieces),
      fc.constantFrom("AWS4-HMAC-SHA256 ", ",", "=", "/", "é", "Credential=", "__proto__="),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (chosen) => {
        const text = chosen.join("");
        if (text === authorization) return;
        const headers = SIGNED.map(([each, was]): Header => [each, each === "authorization" ? text : was]);
        expect(outcome({ ...REQUEST, headers, body: BODY })).not.toBe("verified");
      }),
      cases(context, 1_000, 50_000),
    );
  });
});
