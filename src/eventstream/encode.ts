/** Encodes one frame; the layout is in layout.ts, that of headers in headers.ts. */
import { crc32 } from "node:zlib";
import type { HeaderValue } from "./headers.ts";
import { MAX_FRAME_BYTES, MAX_HEADERS_BYTES, OVERHEAD_BYTES, PRELUDE_BYTES } from "./layout.ts";

const MAX_NAME_BYTES = 255;
/** Of a string or binary value; AWS's codecs read the length as signed. */
const MAX_VALUE_BYTES = 32_767;

/** Throws RangeError if a header, all headers or the frame are larger than the format allows. */
export function encodeFrame(headers: Iterable<readonly [string, HeaderValue]>, payload: Uint8Array): Buffer {
  const block = encodeHeaders(headers);
  const total = OVERHEAD_BYTES + block.length + payload.length;
  if (total > MAX_FRAME_BYTES) throw new RangeError(`A frame can't have ${total} bytes.`);
  const frame = Buffer.alloc(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(block.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(block, PRELUDE_BYTES);
  frame.set(payload, PRELUDE_BYTES + block.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - 4)), total - 4);
  return frame;
}

/** The block of headers alone, as in the frame and as event signatures hash it. */
export function encodeHeaders(headers: Iterable<readonly [string, HeaderValue]>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [name, header] of headers) {
    const nameBytes = Buffer.from(name);
    if (nameBytes.length === 0 || nameBytes.length > MAX_NAME_BYTES) {
      throw new RangeError(`A header's name can't have ${nameBytes.length} bytes.`);
    }
    parts.push(Uint8Array.of(nameBytes.length), nameBytes, encodeValue(header));
  }
  const block = Buffer.concat(parts);
  if (block.length > MAX_HEADERS_BYTES) throw new RangeError(`Headers can't have ${block.length} bytes.`);
  return block;
}

/** Type and value. */
function encodeValue(header: HeaderValue): Uint8Array {
  switch (header.type) {
    case "boolean":
      return Uint8Array.of(header.value ? 0 : 1);
    case "byte":
      return fixed(2, 1, (view) => view.setInt8(1, header.value));
    case "short":
      return fixed(3, 2, (view) => view.setInt16(1, header.value));
    case "integer":
      return fixed(4, 4, (view) => view.setInt32(1, header.value));
    case "long":
      return fixed(5, 8, (view) => view.setBigInt64(1, header.value));
    case "binary":
      return variable(6, header.value);
    case "string":
      return variable(7, Buffer.from(header.value));
    case "timestamp":
      return fixed(8, 8, (view) => view.setBigInt64(1, BigInt(header.value.getTime())));
    case "uuid":
      return Buffer.concat([Uint8Array.of(9), uuidBytes(header.value)]);
    default: {
      const unknown: never = header;
      return unknown;
    }
  }
}

function fixed(type: number, bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(1 + bytes));
  view.setUint8(0, type);
  write(view);
  return new Uint8Array(view.buffer);
}

function variable(type: number, value: Uint8Array): Uint8Array {
  if (value.length > MAX_VALUE_BYTES)
    throw new RangeError(`A header's value can't have ${value.length} bytes.`);
  return Buffer.concat([Uint8Array.of(type, value.length >> 8, value.length & 0xff), value]);
}

function uuidBytes(uuid: string): Uint8Array {
  const bytes = Buffer.from(uuid.replaceAll("-", ""), "hex");
  if (bytes.length !== 16) throw new RangeError("A UUID has 16 bytes.");
  return bytes;
}
