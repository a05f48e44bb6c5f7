import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonValues } from "../../test/support/json-values.ts";
import { BOUND_GROUPS, BOUNDS, RequestScan } from "./scan.ts";

const GROUPS: Record<string, readonly string[]> = {
  ...Object.fromEntries(BOUND_GROUPS.map((name) => [name, BOUNDS])),
  serviceTier: ["type"],
  performanceConfig: ["latency"],
};
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** The same from the parsed form. */
function fieldsIn(request: unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const read = (from: unknown, names: readonly string[], prefix: string) => {
    if (typeof from !== "object" || from === null || Array.isArray(from)) return;
    for (const [name, value] of Object.entries(from))
      if (names.includes(name) && ["string", "number"].includes(typeof value)) found[prefix + name] = value;
  };
  read(request, [...BOUNDS, "service_tier"], "");
  for (const [group, names] of Object.entries(GROUPS))
    read((request as Record<string, unknown> | null)?.[group], names, `${group}.`);
  return found;
}

function mediaIn(value: unknown): string[] {
  if (typeof value === "string") return value.length >= 1000 && BASE64.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(mediaIn) : [];
}

const memberNames = fc.oneof(
  fc.constantFrom(...BOUNDS, "service_tier", "type", "latency", "other", "toString", "a\\b"),
  fc.constantFrom(...Object.keys(GROUPS)),
);
const bytes = fc
  .tuple(fc.integer({ min: 740, max: 1200 }), fc.stringMatching(/^.{5}$/))
  .map(([length, pattern]) => Buffer.alloc(length, pattern).toString("base64"));
const longTexts = fc.oneof(
  bytes,
  bytes.map((text) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")),
  bytes.map((text) => `${text} `),
  bytes.map((text) => `\n${text}`),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }).map((text) => text.repeat(1000)),
);
const leaves = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom("flex", 'a "tier"\\', "", null, true),
  longTexts,
  jsonValues(),
);
const objects = fc.dictionary(
  memberNames,
  fc.oneof(leaves, fc.array(leaves), fc.dictionary(memberNames, leaves)),
);
const requests = fc.oneof(
  fc.dictionary(memberNames, fc.oneof(leaves, objects, fc.array(objects))),
  fc.array(objects),
  leaves,
);

describe("a scan of a request", () => {
  it("finds the same as in the parsed form, however it is written", () => {
    const forms = [
      (json: string) => json,
      // As many escapes as JSON allows.
      (json: string) => json.replaceAll("/", "\\/").replaceAll("T", "\\u0054").replaceAll("_", "\\u005F"),
    ];
    fc.assert(
      fc.property(requests, fc.nat(2), fc.constantFrom(...forms), (request, spaces, form) => {
        const json = form(JSON.stringify(request, null, spaces));
        const value: unknown = JSON.parse(json);
        const scan = new RequestScan(Buffer.from(json));
        expect(Object.fromEntries(scan.fields)).toEqual(fieldsIn(value));
        expect(scan.media().toSorted()).toEqual(mediaIn(value).toSorted());
      }),
    );
  });

  it("takes no name for media, however long it is", () => {
    const long = "A".repeat(2000);
    const scan = new RequestScan(Buffer.from(`{"${long}" : {"${long}":["${long}"]}}`));
    expect(scan.media()).toEqual([long]);
  });

  it("counts a body with more names than any request has as text", () => {
    const found = (names: number) => {
      const members = '"max_tokens":9,'.repeat(names - 1);
      const scan = new RequestScan(Buffer.from(`{${members}"last":"${"A".repeat(2000)}"}`));
      return [scan.fields.size, scan.media().length];
    };
    expect(found(200_000)).toEqual([1, 1]);
    expect(found(200_001)).toEqual([0, 0]);
  });

  it("keeps the last of several fields with the same name", () => {
    const scan = (json: string) => Object.fromEntries(new RequestScan(Buffer.from(json)).fields);
    expect(scan('{"max_tokens":9,"max_tokens":5}')).toEqual({ max_tokens: 5 });
    expect(scan('{"max_tokens":9,"max_tokens":null}')).toEqual({});
    expect(scan('{"inferenceConfig":{"maxTokens":9},"inferenceConfig":{"topP":1}}')).toEqual({});
    expect(scan('{"serviceTier":{"type":"flex","type":{}}}')).toEqual({});
  });

  it("ends at the end of the body, whatever it holds", () => {
    const parts = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "7",
      " ",
      '"max_tokens"',
      "x".repeat(1000),
    );
    fc.assert(
      fc.property(fc.array(parts), (found) => {
        const scan = new RequestScan(Buffer.from(found.join("")));
        expect(scan.media().join("").length).toBeLessThanOrEqual(scan.bytes);
      }),
    );
  });
});
