/**
 * The secrets of the old installation in this folder. All are derived from one public label, so none of them is really
 * secret or has to be kept in the repository: not the callers' keys, nor the master key, nor the key that signed the audit log.
 */
import { createPrivateKey, createPublicKey, hash } from "node:crypto";
import { crc32 } from "node:zlib";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** An Ed25519 private key in PKCS #8 is this head and 32 bytes. Source: RFC 8410. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** Replaces all 32 random bytes of the old installation. */
export const KNOWN_BYTES = hash("sha256", "a fixture of Signet, not a secret", "buffer");

export const MASTER_KEY = KNOWN_BYTES.toString("base64");

/** The secret of the key (`sgk`) or admin token (`sga`) of that id. */
export function knownSecret(id: string, prefix: "sgk" | "sga" = "sgk"): string {
  const body = `${prefix}_${id}_${base62(BigInt(`0x${KNOWN_BYTES.toString("hex")}`), 43)}`;
  return body + base62(BigInt(crc32(body)), 6);
}

/** The audit log's signing key and its public half, in PEM. */
export function signingKeyPair(): { privateKey: string; publicKey: string } {
  const der = Buffer.concat([PKCS8_HEAD, KNOWN_BYTES]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }),
  };
}

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = "";
  for (; text.length < length; rest /= 62n) text = BASE62.charAt(Number(rest % 62n)) + text;
  return text;
}
