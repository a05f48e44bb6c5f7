/**
 * The secrets of access-key pairs at rest: SigV4 is verified with the secret itself, so a digest isn't enough. Each is
 * sealed with AES-256-GCM under a master key that is kept elsewhere, with the access key id as additional data, so that
 * one row's secret can't be used in another's place.
 *
 * The text form is `v1.<id of the master key>.<base64url of nonce, ciphertext and tag>`.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";
import { Secret } from "./secret.ts";

export interface MasterKey {
  /** 16 hexadecimal digits that identify the key and reveal nothing about it. */
  readonly id: string;
  /** `v1.…`, another text each time. */
  seal(accessKeyId: string, secretAccessKey: Secret): string;
  /** Throws SealError. */
  open(accessKeyId: string, sealed: string): Secret;
}

/** Why a sealed secret can't be opened. Its message holds ids of master keys, nothing of the secret. */
export class SealError extends Error {
  readonly code: "wrong_master_key" | "damaged";

  constructor(code: SealError["code"], message: string) {
    super(message);
    this.name = "SealError";
    this.code = code;
  }
}

export const MASTER_KEY_BYTES = 32;
const CIPHER = "aes-256-gcm";
const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{38,512})$/;

/** A new master key as operators keep it: 32 random bytes in base64. */
export function newMasterKey(): Secret {
  return new Secret(randomBytes(MASTER_KEY_BYTES).toString("base64"));
}

/** The 32 bytes of a master key's text form; undefined if it isn't one. */
export function masterKeyBytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === MASTER_KEY_BYTES && bytes.toString("base64") === text ? bytes : undefined;
}

/** `bytes`: 32, overwritten once they are copied. */
export function masterKeyOf(bytes: Uint8Array): MasterKey {
  const key = createSecretKey(bytes);
  const id = createHmac("sha256", key).update("signet master key id").digest("hex").slice(0, 16);
  bytes.fill(0);
  return {
    id,
    seal(accessKeyId, secretAccessKey) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(accessKeyId));
      const sealed = Buffer.concat([nonce, cipher.update(secretAccessKey.reveal()), cipher.final()]);
      return `${VERSION}.${id}.${Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url")}`;
    },
    open(accessKeyId, sealed) {
      const [, sealedUnder, text = ""] = FORM.exec(sealed) ?? [];
      const sealedBytes = Buffer.from(text, "base64url");
      if (sealedUnder === undefined || sealedBytes.toString("base64url") !== text)
        throw new SealError("damaged", "the sealed secret's format is unknown");
      if (sealedUnder !== id)
        throw new SealError(
          "wrong_master_key",
          `the secret is sealed under the master key ${sealedUnder}, but ${id} is configured`,
        );
      const decipher = createDecipheriv(CIPHER, key, sealedBytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(accessKeyId));
      decipher.setAuthTag(sealedBytes.subarray(-TAG_BYTES));
      try {
        const opened = decipher.update(sealedBytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return new Secret(Buffer.concat([opened, decipher.final()]).toString("utf8"));
      } catch {
        throw new SealError("damaged", "the sealed secret is damaged, or belongs to another access key id");
      }
    },
  };
}
