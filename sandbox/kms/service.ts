/**
 * AWS KMS's operations on data keys: GenerateDataKey, GenerateDataKeyWithoutPlaintext and Decrypt with symmetric keys,
 * authorized as under the default key policy, which leaves the decision to the account's own policies.
 * Source: the KMS API reference.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { AwsError } from "../errors.ts";
import { policiesOf } from "../iam/context.ts";
import { decideByIdentity, reasonOf } from "../iam/evaluate.ts";
import { headerOf, type Answer, type WireRequest } from "../wire.ts";
import { contextOf, type Signed, type World } from "../world.ts";
import { decrypt, encrypt, keyArnIn, type KmsKey } from "./keys.ts";

const OPERATIONS = ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Decrypt"] as const;
type KmsOperation = (typeof OPERATIONS)[number];

const TARGET = "TrentService.";
const BYTES = { AES_256: 32, AES_128: 16 };
const context = z.record(z.string(), z.string()).optional();
const generating = z.object({
  KeyId: z.string(),
  KeySpec: z.enum(["AES_256", "AES_128"]),
  EncryptionContext: context,
});
const decrypting = z.object({
  CiphertextBlob: z.base64(),
  KeyId: z.string().optional(),
  EncryptionContext: context,
});

/** Throws for operations that aren't implemented. */
export function kmsOperation(request: WireRequest): KmsOperation {
  const target = headerOf(request, "x-amz-target") ?? "";
  const operation = OPERATIONS.find((name) => target === TARGET + name);
  if (request.method !== "POST" || operation === undefined)
    throw new AwsError("UnknownOperationException", 400, "The sandbox's KMS doesn't implement this.");
  return operation;
}

export function serveKms(world: World, signed: Signed, operation: KmsOperation): Answer {
  return operation === "Decrypt" ? decrypted(world, signed) : generated(world, signed, operation);
}

function generated(world: World, signed: Signed, operation: Exclude<KmsOperation, "Decrypt">): Answer {
  const input = read(generating, signed);
  const key = usable(world, signed, { keyId: input.KeyId, operation });
  const dataKey = randomBytes(BYTES[input.KeySpec]);
  const CiphertextBlob = encrypt(key, dataKey, contextText(input.EncryptionContext)).toString("base64");
  const plain = operation === "GenerateDataKey" ? { Plaintext: dataKey.toString("base64") } : {};
  return answer({ KeyId: key.arn, CiphertextBlob, ...plain });
}

function decrypted(world: World, signed: Signed): Answer {
  const input = read(decrypting, signed);
  const ciphertext = Buffer.from(input.CiphertextBlob, "base64");
  const keyId = keyArnIn(ciphertext);
  if (!world.kms.find(keyId, placeOf(signed))) throw new AwsError("InvalidCiphertextException", 400, "");
  const key = usable(world, signed, { keyId, operation: "Decrypt" });
  if (input.KeyId !== undefined && world.kms.find(input.KeyId, placeOf(signed)) !== key)
    throw new AwsError("IncorrectKeyException", 400, "The key ID in the request does not identify the key.");
  const plaintext = decrypt(key, ciphertext, contextText(input.EncryptionContext));
  if (!plaintext) throw new AwsError("InvalidCiphertextException", 400, "");
  return answer({
    KeyId: key.arn,
    Plaintext: plaintext.toString("base64"),
    EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
  });
}

function usable(
  world: World,
  signed: Signed,
  { keyId, operation }: { keyId: string; operation: KmsOperation },
): KmsKey {
  const key = world.kms.find(keyId, placeOf(signed));
  if (!key) throw new AwsError("NotFoundException", 400, `Key '${keyId}' does not exist`);
  const action = `kms:${operation}`;
  const decision = decideByIdentity(policiesOf(signed.principal), {
    action,
    resource: key.arn,
    context: contextOf(world, signed),
  });
  const denied = `User: ${signed.principal.arn} is not authorized to perform: ${action} on resource: ${key.arn}`;
  if (!decision.allowed)
    throw new AwsError("AccessDeniedException", 400, `${denied} ${reasonOf(decision, action)}`);
  if (key.account === placeOf(signed).account) return key;
  const reason = `because no resource-based policy allows the ${action} action`;
  throw new AwsError("AccessDeniedException", 400, `${denied} ${reason}`);
}

function placeOf({ principal, region }: Signed): { account: string; region: string } {
  return { account: principal.identity.account, region };
}

/** The order of its pairs doesn't matter. */
function contextText(pairs: Record<string, string> = {}): string {
  return JSON.stringify(Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function read<S extends z.ZodType>(form: S, { request }: Signed): z.output<S> {
  try {
    return form.parse(JSON.parse(request.body.toString("utf8")));
  } catch {
    throw new AwsError("ValidationException", 400, "The input is malformed.");
  }
}

function answer(body: object): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(body),
  };
}

export function kmsErrorAnswer({ type, status, message }: AwsError): Answer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type },
    body: JSON.stringify({ __type: type, message }),
  };
}
