import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { crc32 } from "node:zlib";
import { encodeFrame } from "./encode.ts";
import type { FrameErrorKind } from "./frame-error.ts";
import type { HeaderValue } from "./headers.ts";
import { FrameWalker, type Frame } from "./walk.ts";

const FOUR_GIB = 2 ** 32 - 1;

const delta = event("contentBlockDelta", '{"delta":{"text":"hello"}}');
const stop = event("messageStop", '{"stopReason":"end_turn"}');
const throttled = frameOf(
  { ":message-type": "exception", ":exception-type": "throttlingException" },
  '{"message":"slow down"}',
);
const failed = frameOf(
  { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "it broke" },
  "",
);
const stream = Buffer.concat([delta, stop, throttled, failed]);
const seen = [
  { messageType: "event", eventType: "contentBlockDelta", payload: '{"delta":{"text":"hello"}}' },
  { messageType: "event", eventType: "messageStop", payload: '{"stopReason":"end_turn"}' },
  { messageType: "exception", exceptionType: "throttlingException", payload: '{"message":"slow down"}' },
  { messageType: "error", errorCode: "InternalFailure", errorMessage: "it broke", payload: "" },
];

describe("walking a stream", () => {
  test("yields events, exceptions and errors with their payloads", () => {
    expect(walk([stream])).toEqual({ frames: seen });
  });

  test("yields the same wherever the stream is split in two", () => {
    for (let at = 0; at <= stream.length; at += 1) {
      expect(walk([stream.subarray(0, at), stream.subarray(at)])).toEqual({ frames: seen });
    }
  });

  test("yields the same byte by byte, and for any other split", () => {
    expect(walk(Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual({ frames: seen });
    const cuts = fc.array(fc.nat({ max: stream.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (unsorted) => {
        const points = [0, ...unsorted.toSorted((a, b) => a - b), stream.length];
        const chunks = points.slice(1).map((end, index) => stream.subarray(points[index], end));
        expect(walk(chunks)).toEqual({ frames: seen });
      }),
    );
  });

  test("needs no chunk to be kept: the caller may overwrite it after push", () => {
    const frames: string[] = [];
    const walker = new FrameWalker((frame) => frames.push(Buffer.from(frame.payload).toString()));
    const chunk = Buffer.alloc(7);
    for (let at = 0; at < delta.length; at += chunk.length) {
      walker.push(chunk.subarray(0, delta.copy(chunk, 0, at)));
      chunk.fill(0xff);
    }
    walker.end();
    expect(frames).toEqual(['{"delta":{"text":"hello"}}']);
  });

  test("accepts frames far larger than a chunk", () => {
    const large = event("chunk", "x".repeat(3_000_000));
    const chunks = Array.from({ length: Math.ceil(large.length / 65_536) }, (_, index) =>
      large.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const { frames, kind } = walk([...chunks, stop]);
    expect(kind).toBeUndefined();
    expect(frames.map(({ payload }) => payload.length)).toEqual([3_000_000, 25]);
  });
});

describe("a bad stream", () => {
  test("T17 with any bit flipped in its second frame yields the first, then fails", () => {
    for (let bit = 0; bit < stop.length * 8; bit += 1) {
      const flipped = Buffer.concat([delta, stop, delta]);
      flipped[delta.length + (bit >> 3)]! ^= 1 << (bit & 7);
      const kind = bit < 96 ? "prelude_crc" : "message_crc";
      expect(walk([flipped]), `bit ${bit}`).toEqual({ frames: seen.slice(0, 1), kind });
    }
  });

  test.each([
    ["4 GiB", FOUR_GIB, 0],
    ["a byte more than 24 MiB", 24 * 1024 * 1024 + 1, 0],
    ["less than its own overhead", 15, 0],
    ["nothing", 0, 0],
    ["headers that reach into the last checksum", 100, 85],
    ["4 GiB of headers", 1000, FOUR_GIB],
    ["more than 128 KiB of headers", 1024 * 1024, 128 * 1024 + 1],
  ])("T17 is refused at the prelude of a frame that claims %s", (_what, total, headersLength) => {
    const bad = prelude(total, headersLength);
    expect(pushed([bad])).toBe("length");
    expect(pushed([bad.subarray(0, 5), bad.subarray(5)])).toBe("length");
    expect(pushed([Buffer.concat([delta, bad])])).toBe("length");
  });

  test("T17 that claims much and sends little isn't given the memory it claims", () => {
    const walker = new FrameWalker(() => undefined);
    const before = process.memoryUsage().arrayBuffers;
    const walkers = Array.from({ length: 64 }, () => new FrameWalker(() => undefined));
    for (const each of [walker, ...walkers]) each.push(prelude(24 * 1024 * 1024, 0));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 * 1024 * 1024);
  });

  test.each<[string, Record<string, string>]>([
    ["no message type", { ":event-type": "chunk" }],
    ["an unknown message type", { ":message-type": "trailer", ":event-type": "chunk" }],
    ["an event without its type", { ":message-type": "event" }],
    ["an exception without its type", { ":message-type": "exception", ":event-type": "chunk" }],
    ["an error without its code", { ":message-type": "error", ":error-message": "it broke" }],
  ])("is refused for a frame with %s", (_what, headers) => {
    expect(walk([delta, frameOf(headers, "{}")])).toEqual({ frames: seen.slice(0, 1), kind: "headers" });
  });

  test("is refused for malformed headers even with valid checksums", () => {
    const whole = encodeFrame([[":message-type", { type: "string", value: "event" }]], Buffer.alloc(0));
    whole.writeUInt16BE(500, 12 + 1 + ":message-type".length + 1);
    whole.writeUInt32BE(crc32(whole.subarray(0, whole.length - 4)), whole.length - 4);
    expect(walk([whole]).kind).toBe("headers");
  });

  test("T18 that ends inside a frame is truncated, wherever it ends", () => {
    for (let at = 1; at < delta.length; at += 1) {
      expect(walk([stop, delta.subarray(0, at)])).toEqual({ frames: seen.slice(1, 2), kind: "truncated" });
    }
  });

  test("stays bad: later frames neither hide the error nor are dropped silently", () => {
    const frames: Frame[] = [];
    const walker = new FrameWalker((frame) => frames.push(frame));
    const error = caught(() => walker.push(Buffer.alloc(12)));
    expect(error).toMatchObject({ name: "FrameError", kind: "prelude_crc" });
    expect(caught(() => walker.push(delta))).toBe(error);
    expect(caught(() => walker.end())).toBe(error);
    expect(frames).toEqual([]);
  });

  test("includes one whose frame the receiver failed on: later frames are not delivered", () => {
    const refusal = new Error("the receiver is broken");
    const walker = new FrameWalker(() => {
      throw refusal;
    });
    expect(caught(() => walker.push(stream))).toBe(refusal);
    expect(caught(() => walker.push(stream))).toBe(refusal);
  });
});

/** All frames that were yielded, payloads as text, and how the walk failed if it did. */
function walk(chunks: Uint8Array[]): { frames: { payload: string }[]; kind?: FrameErrorKind } {
  const frames: { payload: string }[] = [];
  const walker = new FrameWalker((frame) =>
    frames.push({ ...frame, payload: Buffer.from(frame.payload).toString() }),
  );
  const error = caught(() => {
    for (const chunk of chunks) walker.push(chunk);
    walker.end();
  });
  return error === undefined ? { frames } : { frames, kind: (error as { kind: FrameErrorKind }).kind };
}

/** The kind of error that pushing the chunks threw, before the stream ended. */
function pushed(chunks: Uint8Array[]): unknown {
  const walker = new FrameWalker(() => undefined);
  const error = caught(() => {
    for (const chunk of chunks) walker.push(chunk);
  });
  return (error as { kind: FrameErrorKind } | undefined)?.kind;
}

function caught(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

function event(eventType: string, payload: string): Buffer {
  return frameOf(
    { ":event-type": eventType, ":content-type": "application/json", ":message-type": "event" },
    payload,
  );
}

function frameOf(headers: Record<string, string>, payload: string): Buffer {
  const pairs = Object.entries(headers).map(([name, value]): [string, HeaderValue] => [
    name,
    { type: "string", value },
  ]);
  return encodeFrame(pairs, Buffer.from(payload));
}

/** A prelude with a valid checksum, whatever its lengths. */
function prelude(total: number, headersLength: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(headersLength, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}
