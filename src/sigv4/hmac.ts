/**
 * HMAC-SHA256 with a key that is used many times (RFC 2104): the padded key is laid out once, and each message costs
 * two one-shot hashes. That is less than half of what `createHmac` costs, which builds a stream for every message.
 */
import { hash } from "node:crypto";

const BLOCK = 64;
const DIGEST = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Lower-case hex of the HMAC of a message's UTF-8 bytes. */
export type Hmac = (message: string) => string;

/** `key` has at most 64 bytes: signing keys have 32. */
export function hmacSha256(key: Uint8Array): Hmac {
  if (key.length > BLOCK) throw new RangeError("HMAC keys longer than a block are not supported");
  let inner = padded(key, INNER_PAD, BLOCK + 256);
  const outer = padded(key, OUTER_PAD, BLOCK + DIGEST);
  return (message) => {
    const end = BLOCK + Buffer.byteLength(message);
    if (end > inner.length) inner = Buffer.concat([inner.subarray(0, BLOCK)], end);
    inner.write(message, BLOCK);
    outer.write(hash("sha256", inner.subarray(0, end), "latin1"), BLOCK, "latin1");
    return hash("sha256", outer, "hex");
  };
}

/** The key xored with a pad to the length of one block, with room for what is hashed after it. */
function padded(key: Uint8Array, pad: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.fill(pad, 0, BLOCK);
  key.forEach((byte, index) => {
    bytes[index] = byte ^ pad;
  });
  return bytes;
}
