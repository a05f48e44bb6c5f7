/**
 * The master key of access-key pairs, from the configured place: the environment, a file, or a file that AWS KMS
 * decrypts. The SDK's KMS client loads only when needed.
 */
import { readFileSync } from "node:fs";
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import { ConfigError } from "../config/problems.ts";
import type { Config } from "../config/schema.ts";
import { firstLine, messageOf } from "../core/reason.ts";
import { sdkHandler } from "./sts.ts";
import { MASTER_KEY_BYTES, masterKeyBytes, masterKeyOf, type MasterKey } from "../core/seal.ts";

export type MasterKeySettings = Pick<Config, "accessKeyPairs" | "aws">;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Undefined if none is configured. Rejects with ConfigError if it can't be read. */
export async function loadMasterKey({
  accessKeyPairs,
  aws,
}: MasterKeySettings): Promise<MasterKey | undefined> {
  const { masterKey, masterKeyFile, kmsEncryptedKeyFile } = accessKeyPairs;
  if (masterKey) return fromText(masterKey.reveal(), "masterKey");
  if (masterKeyFile !== undefined)
    return fromText(firstLineOf(masterKeyFile, "masterKeyFile"), "masterKeyFile");
  if (kmsEncryptedKeyFile === undefined) return undefined;
  const text = firstLineOf(kmsEncryptedKeyFile, "kmsEncryptedKeyFile");
  if (!BASE64.test(text))
    throw unusable("kmsEncryptedKeyFile", "must hold the CiphertextBlob of a data key in base64");
  return masterKeyOf(await decrypted(Buffer.from(text, "base64"), aws));
}

function fromText(text: string, setting: string): MasterKey {
  const bytes = masterKeyBytes(text);
  if (!bytes) throw unusable(setting, "must be 32 bytes in base64 (`signet master-key` makes one)");
  return masterKeyOf(bytes);
}

function firstLineOf(file: string, setting: string): string {
  try {
    return readFileSync(file, "utf8").split("\n", 1)[0]?.trim() ?? "";
  } catch (error) {
    throw unusable(setting, `can't be read: ${messageOf(error)}`);
  }
}

async function decrypted(ciphertext: Uint8Array, aws: Config["aws"]): Promise<Uint8Array> {
  if (aws.region === undefined)
    throw unusable("kmsEncryptedKeyFile", "needs aws.region, the region of the KMS key");
  const [{ DecryptCommand, KMSClient }, requestHandler] = await Promise.all([
    import("@aws-sdk/client-kms"),
    sdkHandler(aws.proxy),
  ]);
  const client = new KMSClient({
    ...clientSettings(aws, aws.region),
    maxAttempts: 2,
    requestHandler,
  });
  try {
    const { Plaintext: plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
    if (plaintext?.length === MASTER_KEY_BYTES) return plaintext;
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : String(error);
    throw unusable("kmsEncryptedKeyFile", `KMS did not decrypt it (${said})`);
  } finally {
    client.destroy();
  }
  throw unusable("kmsEncryptedKeyFile", "must be a data key of 32 bytes (AES_256)");
}

/** The SDK refuses FIPS and dual-stack together with a custom endpoint, so the operator's endpoint is used as it is. */
function clientSettings({ fips, dualstack, endpoints }: Config["aws"], region: string): KMSClientConfig {
  return endpoints.kms === undefined
    ? { region, useFipsEndpoint: fips, useDualstackEndpoint: dualstack }
    : { region, endpoint: endpoints.kms, useFipsEndpoint: false, useDualstackEndpoint: false };
}

function unusable(setting: string, message: string): ConfigError {
  return new ConfigError([{ where: "access-key pairs", path: `accessKeyPairs.${setting}`, message }]);
}
