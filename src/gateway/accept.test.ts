import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { SignetError } from "../core/errors.ts";
import { cases } from "../../test/assurance/figure.ts";
import { readHeaders } from "./accept.ts";
import { requestHeaders } from "../bedrock/request.ts";

function codeOf(raw: string[]): string {
  try {
    readHeaders(raw);
    return "accepted";
  } catch (thrown) {
    return thrown instanceof SignetError ? thrown.code : "thrown";
  }
}

/** Which of these headers go to Bedrock: none if they are refused. */
function passed(raw: string[]): [string, string][] {
  try {
    return requestHeaders(readHeaders(raw));
  } catch (thrown) {
    if (thrown instanceof SignetError) return [];
    throw thrown;
  }
}

describe("header hygiene", () => {
  it.each([
    [["Authorization", "Bearer a", "authorization", "Bearer b"], "conflicting_credentials"],
    [["X-Api-Key", "a", "x-api-key", "a"], "conflicting_credentials"],
    [["Api-Key", "a", "API-KEY", "b"], "conflicting_credentials"],
    [["Content-Length", "1", "content-length", "1"], "invalid_header"],
    [["Transfer-Encoding", "chunked", "transfer-encoding", "chunked"], "invalid_header"],
    [["Host", "a", "host", "b"], "invalid_header"],
  ])("refuses %j given twice (T3)", (raw, code) => {
    expect(codeOf(raw)).toBe(code);
  });

  it("refuses more than 64 headers instead of dropping some (T4)", () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => [`x-h-${i}`, "v"]).flat();
    expect(codeOf(many(64))).toBe("accepted");
    expect(codeOf(many(65))).toBe("headers_too_large");
  });

  it("ignores names with an underscore, which a proxy may have turned into dashes (T5)", () => {
    const headers = readHeaders(["x_api_key", "stolen", "X_Forwarded_For", "10.0.0.1", "x-api-key", "mine"]);
    expect(headers.get("x-api-key")).toBe("mine");
    expect([...headers.keys()]).toEqual(["x-api-key"]);
  });

  it("lets only headers on the allow-list reach Bedrock, and no value that could end a line (T14, T16)", (context) => {
    const name = fc.constantFrom(
      ..."Authorization X-Amz-Date X-Amz-Security-Token X-Amz-Content-Sha256 Connection X-Forwarded-For Cookie TE Trailer Accept Content-Type X-Amzn-Bedrock-Trace X-Amzn-Bedrock-Unknown X-Goog-Api-Key User-Agent Host Expect".split(
        " ",
      ),
    );
    const value = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("close, x-amz-date", "a\r\nx-evil: 1", "a\u0000b", "a\u0085b", "application/json"),
    );
    const allowed = new Set(["accept", "content-type", "x-amzn-bedrock-trace"]);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 10 }), (pairs) => {
        for (const [sent, text] of passed(pairs.flat())) {
          expect(allowed).toContain(sent);
          expect(text).toMatch(/^[\t\x20-\x7e]+$/);
        }
      }),
      cases(context, 20_000, 100_000),
    );
  });
});
