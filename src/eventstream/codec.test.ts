import { EventStreamCodec, Int64 } from "@smithy/eventstream-codec";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame } from "./decode.ts";
import { encodeFrame, encodeHeaders } from "./encode.ts";
import { FrameError, type FrameErrorKind } from "./frame-error.ts";
import { decodeHeaders, type HeaderValue } from "./headers.ts";

const smithy = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (characters) => Buffer.from(characters),
);

const value: fc.Arbitrary<HeaderValue> = fc.oneof(
  fc.boolean().map((is): HeaderValue => ({ type: "boolean", value: is })),
  fc.integer({ min: -128, max: 127 }).map((byte): HeaderValue => ({ type: "byte", value: byte })),
  fc.integer({ min: -32_768, max: 32_767 }).map((short): HeaderValue => ({ type: "short", value: short })),
  fc.integer().map((integer): HeaderValue => ({ type: "integer", value: integer })),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((long): HeaderValue => ({ type: "long", value: long })),
  fc.uint8Array({ maxLength: 300 }).map((binary): HeaderValue => ({ type: "binary", value: binary })),
  fc.string({ unit: "grapheme" }).map(text),
  fc.date({ noInvalidDate: true }).map((date): HeaderValue => ({ type: "timestamp", value: date })),
  fc.uuid().map((uuid): HeaderValue => ({ type: "uuid", value: uuid })),
);
/** smithy keeps headers in an object, where `__proto__` is not a name like others. */
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((key) => Buffer.byteLength(key) <= 255 && key !== "__proto__");
const headers = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 });
const payload = fc.uint8Array({ maxLength: 2000 });

describe("a frame", () => {
  test("is encoded byte for byte as @smithy/eventstream-codec does", () => {
    fc.assert(
      fc.property(headers, payload, (pairs, body) => {
        const theirs = smithy.encode({ headers: Object.fromEntries(pairs.map(toSmithy)), body });
        const inTheirOrder = Object.entries(Object.fromEntries(pairs));
        expect(encodeFrame(inTheirOrder, body).equals(theirs)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("is decoded to what @smithy/eventstream-codec encoded", () => {
    fc.assert(
      fc.property(headers, payload, (pairs, body) => {
        const decoded = decodeFrame(
          smithy.encode({ headers: Object.fromEntries(pairs.map(toSmithy)), body }),
        );
        expect(comparable(decoded.headers)).toEqual(comparable(pairs));
        expect(Buffer.from(decoded.payload).equals(body)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("T17 with any bit flipped is refused", () => {
    const frame = encodeFrame([[":message-type", text("event")]], Buffer.from('{"text":"hello"}'));
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const flipped = Buffer.from(frame);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeFrame(flipped), `bit ${bit}`).toThrow(
        failure(bit < 96 ? "prelude_crc" : "message_crc"),
      );
    }
  });

  test("T18 cut at any byte is refused, and so is one with a byte too many", () => {
    const frame = encodeFrame([[":message-type", text("event")]], Buffer.from("{}"));
    for (let length = 0; length < frame.length; length += 1) {
      expect(() => decodeFrame(frame.subarray(0, length))).toThrow(failure("truncated"));
    }
    expect(() => decodeFrame(Buffer.concat([frame, Buffer.alloc(1)]))).toThrow(failure("length"));
  });

  test("larger than the format allows is not encoded", () => {
    const long = text("x".repeat(32_768));
    const large = Array.from({ length: 5 }, (_, index) => [`h${index}`, text("x".repeat(32_767))] as const);
    expect(() => encodeFrame([], new Uint8Array(24 * 1024 * 1024))).toThrow(RangeError);
    expect(() => encodeFrame([["name", long]], new Uint8Array())).toThrow(RangeError);
    expect(() => encodeFrame(large, new Uint8Array())).toThrow(RangeError);
    expect(() => encodeFrame([["x".repeat(256), text("")]], new Uint8Array())).toThrow(RangeError);
    expect(() => encodeFrame([["id", { type: "uuid", value: "not-one" }]], new Uint8Array())).toThrow(
      RangeError,
    );
  });
});

describe("headers", () => {
  test("are decoded from a block cut between two of them, never inside one", () => {
    const pairs: [string, HeaderValue][] = [
      ["flag", { type: "boolean", value: true }],
      ["time", { type: "timestamp", value: new Date(0) }],
      ["text", text("né")],
      ["bytes", { type: "binary", value: Uint8Array.of(1, 2, 3) }],
      ["id", { type: "uuid", value: "12345678-9abc-def0-1234-56789abcdef0" }],
    ];
    const block = encodeHeaders(pairs);
    const read = Array.from({ length: block.length + 1 }, (_, length) => sizeOf(block.subarray(0, length)));
    const ends = [0, 1, 2, 3, 4, 5].map((count) => encodeHeaders(pairs.slice(0, count)).length);
    expect(read).toEqual(read.map((_, length) => (ends.includes(length) ? ends.indexOf(length) : "headers")));
  });

  test.each<[string, number[]]>([
    ["an unknown type", [1, 0x61, 10]],
    ["an empty name", [0, 0]],
    ["a name twice", [1, 0x61, 0, 1, 0x61, 1]],
    ["a name that is not UTF-8", [1, 0xff, 0]],
    ["a value that is not UTF-8", [1, 0x61, 7, 0, 1, 0xff]],
    ["a value longer than the block", [1, 0x61, 7, 0xff, 0xff, 0x61]],
    ["a time beyond all dates", [1, 0x61, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255]],
  ])("with %s are refused", (_what, bytes) => {
    expect(() => decodeHeaders(Uint8Array.from(bytes))).toThrow(failure("headers"));
  });

  test("of random bytes are decoded or refused with a FrameError, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(["number", "string"]).toContain(typeof sizeOf(bytes));
      }),
      { numRuns: 5000 },
    );
  });
});

/** The number of headers in a block, or the kind of FrameError that refuses it. */
function sizeOf(block: Uint8Array): number | FrameErrorKind {
  try {
    return decodeHeaders(block).size;
  } catch (error) {
    if (error instanceof FrameError) return error.kind;
    throw error;
  }
}

function text(content: string): HeaderValue {
  return { type: "string", value: content };
}

function failure(kind: FrameErrorKind): unknown {
  return expect.objectContaining({ name: "FrameError", kind });
}

function toSmithy([key, header]: [string, HeaderValue]) {
  if (header.type !== "long") return [key, header] as const;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(header.value);
  return [key, { type: "long", value: new Int64(bytes) }] as const;
}

/** Binary values as hex: a view into a frame and an array of its own are equal if their bytes are. */
function comparable(pairs: Iterable<readonly [string, HeaderValue]>): Record<string, unknown> {
  return Object.fromEntries(
    [...pairs].map(([key, { type, value: content }]) => [
      key,
      { type, value: content instanceof Uint8Array ? Buffer.from(content).toString("hex") : content },
    ]),
  );
}
