/**
 * Whether a text is base64. A regular expression takes a millisecond and more for each megabyte, and images have
 * several; Node's own decoder takes a tenth of that, into a scratch buffer that is never read.
 */

/** Characters decoded at once; a multiple of four. */
const CHUNK = 64 * 1024;
const scratch = Buffer.alloc((CHUNK / 4) * 3);
/** What follows the last group of four. */
const REST = /^[A-Za-z0-9+/_-]*$/;

/** Whether the text holds only characters of the standard and URL-safe alphabets, in any number, without padding. */
export function isBase64(text: string): boolean {
  // The decoder sees only the lower byte of wider characters.
  if (Buffer.byteLength(text) !== text.length) return false;
  const whole = text.length - (text.length % 4);
  for (let at = 0; at < whole; at += CHUNK) {
    const chunk = text.slice(at, Math.min(at + CHUNK, whole));
    // The decoder skips other characters and stops at padding, so fewer bytes come out.
    if (scratch.write(chunk, "base64") !== (chunk.length / 4) * 3) return false;
  }
  return REST.test(text.slice(whole));
}

/** The text without the one or two `=` that may end it. */
export function withoutPadding(text: string): string {
  return text.endsWith("==") ? text.slice(0, -2) : text.endsWith("=") ? text.slice(0, -1) : text;
}
