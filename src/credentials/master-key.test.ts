/** The master key from each of its sources; KMS is the sandbox's, called by AWS's own SDK. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { settingsSchema } from "../config/schema.ts";
import { masterKeyOf, newMasterKey } from "../core/seal.ts";
import { loadMasterKey } from "./master-key.ts";

const ACCOUNT = "111122223333";
const REGION = "us-east-1";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "signet-master-key-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const idOf = (text: string) => masterKeyOf(Buffer.from(text, "base64")).id;

function file(text: string): string {
  const name = path.join(folder, "key");
  writeFileSync(name, text);
  return name;
}

const load = (accessKeyPairs: Record<string, string>, aws: object = {}) =>
  loadMasterKey(settingsSchema.parse({ accessKeyPairs, aws }));

describe("the master key", () => {
  it("is read from the environment or a file, with the same result", async () => {
    const text = newMasterKey().reveal();
    expect((await load({ masterKey: text }))?.id).toBe(idOf(text));
    expect((await load({ masterKeyFile: file(`${text}\nkept by ops\n`) }))?.id).toBe(idOf(text));
    expect(await load({})).toBeUndefined();
  });

  it("is refused if malformed, naming the setting but not its text", async () => {
    await expect(load({ masterKeyFile: file("canary-9") })).rejects.toThrow(
      /^access-key pairs: accessKeyPairs\.masterKeyFile: must be 32 bytes in base64(?!.*canary)/,
    );
    await expect(load({ masterKeyFile: path.join(folder, "gone") })).rejects.toThrow(/can't be read: ENOENT/);
    await expect(load({ kmsEncryptedKeyFile: file("not base64!") })).rejects.toThrow(/CiphertextBlob/);
    await expect(load({ kmsEncryptedKeyFile: file("AAAA") })).rejects.toThrow(/needs aws\.region/);
  });
});

describe("a master key that KMS decrypts", () => {
  let sandbox: Sandbox;
  let userArn: string;
  let keyArn: string;
  beforeEach(async () => {
    sandbox = await startSandbox();
    userArn = sandbox.iam.createUser({ account: ACCOUNT, userName: "signet" }).arn;
    keyArn = sandbox.kms.createKey({ account: ACCOUNT, region: REGION }).arn;
    const { accessKeyId, secretAccessKey } = sandbox.iam.createAccessKey({ userArn });
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    allow("kms:GenerateDataKey*", "kms:Decrypt");
  });
  afterEach(() => sandbox.close());

  function allow(...Action: string[]): void {
    const Statement = [{ Effect: "Allow", Action, Resource: keyArn }];
    sandbox.iam.putPolicy({ arn: userArn, policyName: "kms", policy: { Version: "2012-10-17", Statement } });
  }

  const client = () => new KMSClient({ region: REGION, endpoint: sandbox.url });
  const aws = () => ({ region: REGION, endpoints: { kms: sandbox.url } });
  const encrypted = (bytes: Uint8Array | undefined) =>
    file(`${Buffer.from(bytes ?? []).toString("base64")}\n`);

  it("is the data key that was generated", async () => {
    const { CiphertextBlob, Plaintext } = await client().send(
      new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256" }),
    );
    const masterKey = await load({ kmsEncryptedKeyFile: encrypted(CiphertextBlob) }, aws());
    expect(masterKey?.id).toBe(masterKeyOf(Buffer.from(Plaintext ?? [])).id);
  });

  it("may be generated without its plaintext", async () => {
    const id = keyArn.split("/")[1];
    const answer = await client().send(
      new GenerateDataKeyWithoutPlaintextCommand({ KeyId: id, KeySpec: "AES_256" }),
    );
    expect(answer).not.toHaveProperty("Plaintext");
    const settings = { kmsEncryptedKeyFile: encrypted(answer.CiphertextBlob) };
    expect((await load(settings, aws()))?.id).toBe((await load(settings, aws()))?.id);
  });

  it("is refused with KMS's answer if KMS doesn't decrypt it", async () => {
    const generate = (KeySpec: "AES_256" | "AES_128") =>
      client().send(new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec }));
    const { CiphertextBlob } = await generate("AES_256");
    const spoilt = Buffer.from(CiphertextBlob ?? []);
    spoilt.writeUInt8(spoilt.readUInt8(spoilt.length - 1) ^ 1, spoilt.length - 1);
    const small = await generate("AES_128");
    const refusal = (bytes: Uint8Array | undefined) =>
      load({ kmsEncryptedKeyFile: encrypted(bytes) }, aws()).then(
        () => "opened",
        (error: unknown) => (error instanceof Error ? error.message : ""),
      );
    expect(await refusal(spoilt)).toContain("KMS did not decrypt it (InvalidCiphertextException");
    expect(await refusal(small.CiphertextBlob)).toContain("must be a data key of 32 bytes");
    allow("kms:DescribeKey");
    expect(await refusal(CiphertextBlob)).toContain(
      "KMS did not decrypt it (AccessDeniedException: User: arn:aws",
    );
  });
});
