/**
 * Frames of `application/vnd.amazon.eventstream`: total length, headers length, prelude CRC, headers, payload, message
 * CRC; all integers big-endian. Source: the Smithy specification, "Event stream encoding".
 */
import { crc32 } from "node:zlib";

const STRING_TYPE = 7;
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;

/** A frame whose headers are all strings, the only kind that Bedrock sends. */
export function encodeFrame(headers: Record<string, string>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(PRELUDE_BYTES + head.length + body.length + CRC_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -CRC_BYTES)), frame.length - CRC_BYTES);
  return frame;
}

function encodeHeader(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([
    Buffer.from([nameBytes.length]),
    nameBytes,
    Buffer.from([STRING_TYPE]),
    length,
    valueBytes,
  ]);
}

export function eventFrame(type: string, payload: object): Buffer {
  const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
  return encodeFrame(headers, JSON.stringify(payload));
}

/** `type` in upper camel case; on the wire the first letter is small. */
export function exceptionFrame(type: string, message: string): Buffer {
  const name = type.charAt(0).toLowerCase() + type.slice(1);
  const headers = {
    ":exception-type": name,
    ":content-type": "application/json",
    ":message-type": "exception",
  };
  return encodeFrame(headers, JSON.stringify({ message }));
}
