/** Symmetric KMS keys and what they encrypt. The ciphertext names its key, as AWS's does, in the sandbox's own form. */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";

export interface KmsKey {
  /** `arn:aws:kms:us-east-1:111122223333:key/…`. */
  arn: string;
  account: string;
  region: string;
  material: Buffer;
}

const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;

export class KmsKeys {
  readonly #keys = new Map<string, KmsKey>();

  create(account: string, region: string, partition = "aws"): KmsKey {
    const arn = `arn:${partition}:kms:${region}:${account}:key/${randomUUID()}`;
    const key: KmsKey = { arn, account, region, material: randomBytes(32) };
    this.#keys.set(arn, key);
    return key;
  }

  /** By ARN, or by id in the caller's account and region. */
  find(keyId: string, { account, region }: { account: string; region: string }): KmsKey | undefined {
    const own = [...this.#keys.values()].find(
      (key) => key.account === account && key.region === region && key.arn.endsWith(`:key/${keyId}`),
    );
    const named = this.#keys.get(keyId) ?? own;
    return named?.region === region ? named : undefined;
  }
}

export function encrypt(key: KmsKey, plaintext: Buffer, context: string): Buffer {
  const arn = Buffer.from(key.arn);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key.material, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from([arn.length]), arn, nonce, cipher.getAuthTag(), sealed]);
}

/** The ARN of a ciphertext's key; "" if it is too short for one. */
export function keyArnIn(ciphertext: Buffer): string {
  return ciphertext.toString("utf8", 1, 1 + (ciphertext[0] ?? 0));
}

/** Undefined if the ciphertext is damaged, or was made with another encryption context. */
export function decrypt(key: KmsKey, ciphertext: Buffer, context: string): Buffer | undefined {
  const rest = ciphertext.subarray(1 + Buffer.byteLength(key.arn));
  if (rest.length < NONCE + TAG) return undefined;
  const decipher = createDecipheriv(CIPHER, key.material, rest.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(context)).setAuthTag(rest.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(rest.subarray(NONCE + TAG)), decipher.final()]);
  } catch {
    return undefined;
  }
}
