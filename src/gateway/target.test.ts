import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cases } from "../../test/assurance/figure.ts";
import { SignetError } from "../core/errors.ts";
import { canonicalQuery } from "../bedrock/query.ts";
import { match } from "../protocols/bedrock/routes.ts";
import { canonicalPath } from "../core/paths.ts";
import { decodeParameter, modelOf, splitTarget } from "./target.ts";

const place = { partition: "aws", region: "us-east-1", account: "123456789012" };

/** The wire path that the line makes of a target, or the code it is refused with. */
function wirePath(raw: string): string {
  try {
    const { path, query } = splitTarget(raw);
    const route = match("POST", path);
    if (typeof route !== "object" || route.kind !== "native") return "unknown_route";
    canonicalQuery(route.operation, query);
    const model = modelOf(decodeParameter(route.params[0] ?? ""), place);
    return canonicalPath(route.operation, [model.modelId]);
  } catch (thrown) {
    if (thrown instanceof SignetError) return thrown.code;
    throw thrown;
  }
}

describe("the canonical target", () => {
  const profile =
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0";
  const escaped = encodeURIComponent(profile);

  it.each([
    [
      "the AWS SDKs' escaped colon",
      "/model/anthropic.claude-v2%3A1/invoke",
      "/model/anthropic.claude-v2%3A1/invoke",
    ],
    [
      "the Anthropic SDK's raw colon",
      "/model/anthropic.claude-v2:1/invoke",
      "/model/anthropic.claude-v2%3A1/invoke",
    ],
    ["an escaped ARN", `/model/${escaped}/converse`, `/model/${escaped}/converse`],
    [
      "an ARN with raw colons and an escaped slash",
      `/model/${profile.replace("/", "%2F")}/converse`,
      `/model/${escaped}/converse`,
    ],
    ["an ARN with a raw slash (some AI SDKs)", `/model/${profile}/converse`, `/model/${escaped}/converse`],
    ["lower-case escapes", "/model/anthropic.claude-v2%3a1/invoke", "/model/anthropic.claude-v2%3A1/invoke"],
  ])("is one form for %s (T11)", (_, raw, wire) => {
    expect(wirePath(raw)).toBe(wire);
  });

  it.each([
    "/model/../converse",
    "/model/a.b/../c.d/converse",
    "/model/%2e%2e/converse",
    "/model/.%2E/converse",
    "/model//converse",
    "//model/a.b/converse",
    "/model/a.b%2F%2E%2E%2Fc/converse",
    "/model/a.b%252Fc/converse",
    "/model/a.b%25/converse",
    "/model/a.b\\c/converse",
    "/model/a.b#c/converse",
    "/model/a.b%23c/converse",
    "/model/a.b%3Fc/converse",
    "/model/a.b%00/converse",
    "/model/a.b%0d%0aX/converse",
    "/model/a.b%ff/converse",
    "/model/a.b%zz/converse",
    "/model/a.b%/converse",
    "/model/a b/converse",
    "/model/ä.b/converse",
    "/model/arn:aws:s3:us-east-1:123456789012:bucket/x/converse",
    "/model/arn:aws:bedrock:us-east-1:123456789012:inference-profile/a/../b/converse",
    "http://elsewhere/model/a.b/converse",
    "",
    "*",
  ])("refuses %j as malformed (T10)", (raw) => {
    expect(wirePath(raw)).toBe("malformed_path");
  });

  it("stays the same however it is parsed again, for 10⁵ targets made to confuse (T10)", (context) => {
    const piece = fc.constantFrom(
      ..."/ // . .. %2e %2E%2e %2f %2F %25 %252F %5c \\ # ? ; : a anthropic.claude-v2 us. v2:0 %3A arn:aws:bedrock:us-east-1:123456789012:inference-profile/x model invoke converse é %c3%a9 \u0000 \t @ * + ~".split(
        " ",
      ),
    );
    const raw = fc
      .tuple(
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom("invoke", "converse", "converse-stream", "count-tokens"),
      )
      .map(([pieces, action]) => `/model/${pieces.join("")}/${action}`);
    let accepted = 0;
    fc.assert(
      fc.property(raw, (target) => {
        const wire = wirePath(target);
        if (!wire.startsWith("/")) return;
        accepted++;
        // Parsed again by other rules, the wire path must give the same model and operation as the authorized target.
        const [, , segment = "", action] = wire.split("/");
        expect(wire.split("/")).toHaveLength(4);
        expect(new URL(`http://bedrock${wire}`).pathname).toBe(wire);
        expect(wirePath(wire)).toBe(wire);
        expect(modelOf(decodeURIComponent(segment), place).modelId).toBe(decodeURIComponent(segment));
        expect(target.endsWith(`/${action}`)).toBe(true);
      }),
      cases(context, 100_000, 100_000),
    );
    expect(accepted).toBeGreaterThan(1000);
  });
});
