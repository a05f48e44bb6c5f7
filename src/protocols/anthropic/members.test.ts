import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { membersOf, objectOf } from "./members.ts";
import { jsonObjects } from "../../../test/support/json-values.ts";

function texts(json: string): [string, string][] {
  return Array.from(membersOf(Buffer.from(json)), ([name, value]) => [name, String(value)]);
}

function parsed(json: string): [string, unknown][] {
  return texts(json).map(([name, value]) => [name, JSON.parse(value)]);
}

describe("the members of a JSON object's text", () => {
  it("are those that JSON.parse finds, however the text is written", () => {
    fc.assert(
      fc.property(jsonObjects(), fc.constantFrom(undefined, 2, "\t", "\r\n"), (object, indent) => {
        const json = JSON.stringify(object, null, indent);
        expect(parsed(` ${json}\n`)).toEqual(Object.entries(JSON.parse(json) as object));
      }),
    );
  });

  it("keep the text of their values, without the white space around them", () => {
    const json = String.raw`{ "id" : 12345678901234567890 , "a\u0062": {"10":1.0, "2":"\\\"}"},"n":1e400 }`;
    expect(texts(json)).toEqual([
      ["id", "12345678901234567890"],
      ["ab", String.raw`{"10":1.0, "2":"\\\"}"}`],
      ["n", "1e400"],
    ]);
  });

  it("with one name are one: the last counts, however the name is escaped", () => {
    expect(texts(String.raw`{"model":"a","x":1,"m\u006fdel":"b"}`)).toEqual([
      ["model", '"b"'],
      ["x", "1"],
    ]);
  });

  it("in bytes that aren't UTF-8 are those that JSON.parse finds in the decoded text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const noise = Buffer.from(bytes.map((byte) => byte | 0x80));
        const json = Buffer.concat([Buffer.from('{"a":"'), noise, Buffer.from('","b":1}')]);
        const { a, b } = Object.fromEntries(membersOf(json));
        expect(JSON.parse(`[${String(a)},${String(b)}]`)).toEqual(
          Object.values(JSON.parse(String(json)) as object),
        );
      }),
    );
  });

  it("can be joined to an object again", () => {
    fc.assert(
      fc.property(jsonObjects(), (object) => {
        const json = JSON.stringify(object);
        expect(String(objectOf(membersOf(Buffer.from(json))))).toBe(json);
      }),
    );
  });

  it("are found in deep and large objects", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const large = "A".repeat(5_000_000);
    const members = membersOf(Buffer.from(`{"deep":${deep},"large":"${large}","last":true}`));
    expect(String(members.get("deep"))).toBe(deep);
    expect(members.get("large")).toHaveLength(large.length + 2);
    expect(String(members.get("last"))).toBe("true");
  });
});
