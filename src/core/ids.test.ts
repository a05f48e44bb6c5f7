import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { keyDigest, keyIdOf, newKeySecret } from "./ids.ts";

describe("gateway secrets", () => {
  it("hold 256 random bits each, never repeat, and name their id (T1)", () => {
    const made = Array.from({ length: 2_000 }, () => newKeySecret());
    const texts = made.map(({ secret }) => secret.reveal());
    expect(new Set(texts).size).toBe(texts.length);
    for (const { id, secret } of made) expect(keyIdOf(secret.reveal())).toBe(id);
    // 43 base62 digits hold 256 bits. Every digit takes every value: none is fixed or missing.
    const digits = texts.map((text) => text.slice(17, 60));
    for (let at = 1; at < 43; at++) expect(new Set(digits.map((text) => text[at])).size).toBe(62);
  });

  it("are recognized as mistyped by their checksum, whichever character is wrong", () => {
    const text = newKeySecret().secret.reveal();
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === "A" ? "B" : "A";
      expect(keyIdOf(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
    expect(keyIdOf(text.slice(0, -1))).toBeUndefined();
    expect(keyIdOf(`${text}A`)).toBeUndefined();
  });

  it("have a digest over the whole secret: two with a long common prefix differ (T2)", () => {
    const text = newKeySecret().secret.reveal();
    const twin = text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");
    expect(keyDigest(twin)).not.toBe(keyDigest(text));
  });

  it("redact themselves wherever objects are printed (T26)", () => {
    const { secret } = newKeySecret();
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true }),
      String(secret),
    ];
    for (const text of printed) expect(text).not.toContain(secret.reveal());
  });
});
