import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBase64, withoutPadding } from "./base64.ts";

const CHARACTERS = /^[A-Za-z0-9+/_-]*$/;
const unit = fc.nat(0xff_ff).map((code) => String.fromCharCode(code));
const base64 = fc.stringMatching(/^[A-Za-z0-9+/_-]{0,20}$/);

describe("base64 is recognized", () => {
  it("by its characters, in any number", () => {
    fc.assert(fc.property(base64, (text) => isBase64(text)));
    fc.assert(
      fc.property(base64, unit, base64, (a, other, b) => {
        const text = a + other + b;
        expect(isBase64(text)).toBe(CHARACTERS.test(text));
      }),
    );
  });

  it("and refused for any other character, at any position", () => {
    const wrong: string[] = [];
    for (let code = 0; code < 0x1_00_00; code++) {
      for (const at of [0, 3, 6]) {
        const text = `${"QUJD".slice(0, at)}${String.fromCharCode(code)}${"QUJDRE".slice(at)}`;
        if (isBase64(text) !== CHARACTERS.test(text)) wrong.push(JSON.stringify(text));
      }
    }
    expect(wrong).toEqual([]);
  });

  it("at any length", () => {
    const long = Buffer.alloc(300_000, "image").toString("base64url");
    expect(isBase64(long)).toBe(true);
    for (const at of [0, 65_535, 65_536, 131_072, long.length - 1])
      expect(isBase64(`${long.slice(0, at)} ${long.slice(at + 1)}`)).toBe(false);
  });
});

it("one or two padding characters at the end are removed", () => {
  expect(["QQ==", "QUI=", "QUJD", "=", ""].map(withoutPadding)).toEqual(["QQ", "QUI", "QUJD", "", ""]);
  expect(withoutPadding("QQ===")).toBe("QQ=");
});
