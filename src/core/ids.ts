/**
 * Identifiers and gateway secrets.
 *
 * A key's secret reads `sgk_<id>_<secret><checksum>`: a 12-character public id, 43 base62 characters that hold 256
 * random bits, and a 6-character CRC-32 so that a mistyped or truncated secret is recognized (by people and by secret
 * scanners) without a lookup. Only the SHA-256 digest of the whole string is ever stored.
 *
 * An access-key pair has AWS's form: an AccessKeyId of 20 characters that begins with SGNT, as AWS's begin with AKIA,
 * and a SecretAccessKey of 40 base62 characters (238 random bits).
 */
import { hash, randomBytes, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { Secret } from "./secret.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** RFC 4648, as in AWS's own access key ids. */
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const TOKEN_FORM = /^(sgk|sga)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** `sgk`: a caller's key; `sga`: an administrator's token. */
type Prefix = "sgk" | "sga";

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = "";
  for (let i = 0; i < length; i++) {
    text = BASE62.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** A random identifier of `length` base62 characters (12 characters hold 71 bits). */
export function randomId(length = 12): string {
  return randomText(BASE62, length);
}

function randomText(alphabet: string, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet.charAt(randomInt(alphabet.length));
  return text;
}

/** CRC-32 of `text` in six base62 characters. Runs on every request, hence plain numbers. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** A new gateway secret and its public id. */
export function newKeySecret(prefix: Prefix = "sgk"): { id: string; secret: Secret } {
  const id = randomId();
  const body = `${prefix}_${id}_${base62(BigInt(`0x${randomBytes(32).toString("hex")}`), 43)}`;
  return { id, secret: new Secret(body + checksum(body)) };
}

/** A new access-key pair in AWS's form. */
export function newAccessKeyPair(): { accessKeyId: string; secretAccessKey: Secret } {
  return {
    accessKeyId: `SGNT${randomText(BASE32, 16)}`,
    secretAccessKey: new Secret(randomText(BASE62, 40)),
  };
}

/** The id in a well-formed gateway secret (form and checksum), or undefined. Doesn't check that the key is valid. */
export function keyIdOf(token: string, prefix: Prefix = "sgk"): string | undefined {
  const match = TOKEN_FORM.exec(token);
  if (!match || match[1] !== prefix || checksum(token.slice(0, -6)) !== match[4]) return undefined;
  return match[2];
}

/** SHA-256 of a whole gateway secret, lower-case hex: what is stored and compared. */
export function keyDigest(token: string): string {
  return hash("sha256", token, "hex");
}
