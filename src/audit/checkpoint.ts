/** Checkpoints: the chain's state, signed with Ed25519, so that nobody without the key can rewrite the whole log. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { checkLine } from "./chain.ts";
import type { Link } from "./chain.ts";
import { checkpointFields, parseRecord } from "./records.ts";
import type { CheckpointRecord } from "./records.ts";

/** Signs the chain up to `link`; returns the checkpoint's fields, ready to be sealed after it. */
export type Signer = (link: Link, time: string) => string;

/** The key pair's default path: beside the log's folder, so that the folder can be passed on without it. */
export function signingKeyPath(dir: string): string {
  return path.join(path.dirname(path.resolve(dir)), "audit-signing.pem");
}

/** The public half's file, beside the private one's: `audit-signing.pub.pem`. */
export function publicKeyPath(signingKey: string): string {
  return `${signingKey.replace(/\.pem$/, "")}.pub.pem`;
}

/** Reads the signing key, or creates the pair. Throws system and crypto errors. */
export function openSigner(file: string): Signer {
  if (!fs.existsSync(file)) makeKeyPair(file);
  const privateKey = createPrivateKey(fs.readFileSync(file));
  const keyId = keyIdOf(createPublicKey(privateKey));

  return (link, time) => {
    const signature = sign(null, message(link.seq, link.hash, time), privateKey).toString("base64");
    return checkpointFields(time, { record: link.seq, recordHash: link.hash, keyId, signature });
  };
}

/** Reads the public key that checkpoints are checked with. Throws system and crypto errors. */
export function loadPublicKey(file: string): KeyObject {
  return createPublicKey(fs.readFileSync(file));
}

/** Why a checkpoint can't be trusted; undefined if its signature is valid. */
export function checkpointFault(record: CheckpointRecord, publicKey: KeyObject): string | undefined {
  const keyId = keyIdOf(publicKey);
  if (record.keyId !== keyId) return `signed with key ${record.keyId}, not ${keyId}`;
  const signed = message(record.record, record.recordHash, record.time);
  if (!verify(null, signed, publicKey, Buffer.from(record.signature, "base64"))) return "forged signature";
  return undefined;
}

/** A line as a checkpoint; undefined if it isn't one. Doesn't verify it. */
export function parseCheckpoint(text: string): CheckpointRecord | undefined {
  const found = parseRecord(text) as Partial<CheckpointRecord> | undefined;
  const { type, time, record, recordHash, keyId, signature } = found ?? {};
  const texts = [time, recordHash, keyId, signature].every((field) => typeof field === "string");
  return type === "checkpoint" && texts && Number.isSafeInteger(record)
    ? (found as CheckpointRecord)
    : undefined;
}

/** The link of a checkpoint's own record, if its signature and its line are valid. */
export function checkpointLink(text: string, publicKey: KeyObject): Link | undefined {
  const record = parseCheckpoint(text);
  if (!record || checkpointFault(record, publicKey)) return undefined;
  const { link, fault } = checkLine(text, { seq: record.record, hash: record.recordHash });
  return fault ? undefined : link;
}

/** The signed text. Its first word keeps the signature from being valid elsewhere. */
function message(record: number, recordHash: string, time: string): Buffer {
  return Buffer.from(`signet-audit-checkpoint-v1 ${record} ${recordHash} ${time}`);
}

function keyIdOf(publicKey: KeyObject): string {
  return hash("sha256", publicKey.export({ type: "spki", format: "der" }), "hex").slice(0, 16);
}

function makeKeyPair(file: string): void {
  const publicFile = publicKeyPath(file);
  if (fs.existsSync(publicFile)) throw new Error(`${publicFile} exists, but ${file} does not: restore it.`);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  writeNew(file, privateKey.export({ type: "pkcs8", format: "pem" }), 0o600);
  writeNew(publicFile, publicKey.export({ type: "spki", format: "pem" }), 0o644);
}

function writeNew(file: string, text: string | Buffer, mode: number): void {
  fs.writeFileSync(file, text, { mode, flag: "wx", flush: true });
}
