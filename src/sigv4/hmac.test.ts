import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hmacSha256 } from "./hmac.ts";

test("an HMAC equals node:crypto's for messages of any length, however often its key is used", () => {
  const key = fc.uint8Array({ maxLength: 64 });
  const message = fc.string({ unit: "grapheme", size: "+1", maxLength: 1000 });
  const messages = fc.array(message, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(key, messages, (bytes, texts) => {
      const hmac = hmacSha256(bytes);
      for (const text of texts) {
        expect(hmac(text)).toBe(createHmac("sha256", bytes).update(text).digest("hex"));
      }
    }),
  );
});

test("a key longer than a block, which RFC 2104 would hash first, is refused", () => {
  expect(() => hmacSha256(new Uint8Array(65))).toThrow(RangeError);
});
