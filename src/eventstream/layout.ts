/**
 * The layout of a frame of `application/vnd.amazon.eventstream`, big-endian throughout:
 *
 *     total length u32 | headers length u32 | CRC-32 of these 8 bytes | headers | payload | CRC-32 of all before
 *
 * This file has its limits and checks both checksums; each check names the first problem.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
import { crc32 } from "node:zlib";
import { FrameError } from "./frame-error.ts";

export const PRELUDE_BYTES = 12;
const LENGTHS_BYTES = 8;
const CRC_BYTES = 4;
/** What a frame has besides headers and payload. */
export const OVERHEAD_BYTES = PRELUDE_BYTES + CRC_BYTES;
/** The limits of AWS's own codec, aws-c-event-stream. */
export const MAX_FRAME_BYTES = 24 * 1024 * 1024;
export const MAX_HEADERS_BYTES = 128 * 1024;

/** Checks the prelude at `at` and returns the whole frame's length in bytes. Throws FrameError. */
export function frameLength(bytes: Buffer, at: number): number {
  if (crc32(bytes.subarray(at, at + LENGTHS_BYTES)) !== bytes.readUInt32BE(at + LENGTHS_BYTES)) {
    throw new FrameError("prelude_crc", "The checksum of a frame's lengths is wrong.");
  }
  const total = bytes.readUInt32BE(at);
  if (total < OVERHEAD_BYTES || total > MAX_FRAME_BYTES) {
    throw new FrameError("length", `A frame claims ${total} bytes; 16 to ${MAX_FRAME_BYTES} are possible.`);
  }
  const headers = bytes.readUInt32BE(at + 4);
  if (headers > total - OVERHEAD_BYTES || headers > MAX_HEADERS_BYTES) {
    throw new FrameError("length", `A frame of ${total} bytes claims ${headers} bytes of headers.`);
  }
  return total;
}

/** Checks the last checksum of the frame of `total` bytes at `at`, whose prelude is valid. Throws FrameError. */
export function checkMessage(bytes: Buffer, at: number, total: number): void {
  const end = at + total - CRC_BYTES;
  // The prelude's checksum is valid, so it can be continued with what follows the lengths.
  const lengthsCrc = bytes.readUInt32BE(at + LENGTHS_BYTES);
  if (crc32(bytes.subarray(at + LENGTHS_BYTES, end), lengthsCrc) !== bytes.readUInt32BE(end)) {
    throw new FrameError("message_crc", "The checksum of a frame is wrong.");
  }
}

/** Where the payload of the frame at `at` starts; its headers end there. */
export function payloadStart(bytes: Buffer, at: number): number {
  return at + PRELUDE_BYTES + bytes.readUInt32BE(at + 4);
}

/** Where the payload of the frame of `total` bytes at `at` ends. */
export function payloadEnd(at: number, total: number): number {
  return at + total - CRC_BYTES;
}

/** The same bytes as a Buffer; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
