/**
 * The headers of a frame: name length u8, name, type u8, value; big-endian. Variable values have a u16 length first.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
 */
import { isUtf8 } from "node:buffer";
import { FrameError } from "./frame-error.ts";
import { asBuffer } from "./layout.ts";

/** The ten types; types 0 and 1 (true, false) are both `boolean`. Names as in AWS's SDKs. */
export type HeaderValue =
  | { type: "boolean"; value: boolean }
  | { type: "byte"; value: number }
  | { type: "short"; value: number }
  | { type: "integer"; value: number }
  | { type: "long"; value: bigint }
  | { type: "binary"; value: Uint8Array }
  | { type: "string"; value: string }
  | { type: "timestamp"; value: Date }
  /** Lower-case hex with hyphens. */
  | { type: "uuid"; value: string };

export type Headers = ReadonlyMap<string, HeaderValue>;

/**
 * Decodes a whole block of headers. Binary values are views into `block`. Throws FrameError if the block is cut short,
 * a type is unknown, text isn't UTF-8, or a name is empty or repeated: a header that two readers could read differently
 * is not accepted.
 */
export function decodeHeaders(block: Uint8Array): Headers {
  const headers = new Map<string, HeaderValue>();
  const reader = new Reader(block);
  while (!reader.atEnd()) {
    const name = reader.text(reader.uint8());
    if (name === "" || headers.has(name)) throw malformed("A header's name is empty or repeated.");
    headers.set(name, decodeValue(reader));
  }
  return headers;
}

function decodeValue(reader: Reader): HeaderValue {
  const type = reader.uint8();
  switch (type) {
    case 0:
      return { type: "boolean", value: true };
    case 1:
      return { type: "boolean", value: false };
    case 2:
      return { type: "byte", value: reader.bytes(1).readInt8() };
    case 3:
      return { type: "short", value: reader.bytes(2).readInt16BE() };
    case 4:
      return { type: "integer", value: reader.bytes(4).readInt32BE() };
    case 5:
      return { type: "long", value: reader.bytes(8).readBigInt64BE() };
    case 6:
      return { type: "binary", value: reader.bytes(reader.uint16()) };
    case 7:
      return { type: "string", value: reader.text(reader.uint16()) };
    case 8:
      return { type: "timestamp", value: timestamp(reader.bytes(8).readBigInt64BE()) };
    case 9:
      return { type: "uuid", value: uuid(reader.bytes(16)) };
    default:
      throw malformed(`A header has the unknown type ${type}.`);
  }
}

/** `epochMs` may be beyond what a Date holds. */
function timestamp(epochMs: bigint): Date {
  const date = new Date(Number(epochMs));
  if (Number.isNaN(date.getTime())) throw malformed("A header's timestamp is out of range.");
  return date;
}

function uuid(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function malformed(message: string): FrameError {
  return new FrameError("headers", message);
}

/** Reads forward through a block and never past its end. */
class Reader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#block = asBuffer(block);
  }

  atEnd(): boolean {
    return this.#at === this.#block.length;
  }

  /** Advances by `length` bytes and returns where they start. */
  #skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#block.length) throw malformed("The headers end inside a header.");
    this.#at = start + length;
    return start;
  }

  bytes(length: number): Buffer {
    const start = this.#skip(length);
    return this.#block.subarray(start, start + length);
  }

  uint8(): number {
    return this.#block.readUInt8(this.#skip(1));
  }

  uint16(): number {
    return this.#block.readUInt16BE(this.#skip(2));
  }

  text(length: number): string {
    const bytes = this.bytes(length);
    if (!isUtf8(bytes)) throw malformed("A header's text is not UTF-8.");
    return bytes.toString("utf8");
  }
}
