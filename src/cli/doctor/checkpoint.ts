/** The audit log's signing key, and its last checkpoint: not a full verification, which is `signet audit verify`. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { checkpointFault, loadPublicKey, parseCheckpoint, publicKeyPath } from "../../audit/checkpoint.ts";
import { parseRecord } from "../../audit/records.ts";
import { checkpointsPath, listSegments, MAIN_CHAIN, type Chain } from "../../audit/segments.ts";
import type { Config } from "../../config/schema.ts";
import { systemReasonOf } from "../../core/reason.ts";
import { failed, ok, skipped, type Check, type Finding } from "./check.ts";
import { accessFindings, exists, makeFindings, modeFindings } from "./files.ts";

const VERIFY =
  "`signet audit verify` reports what is wrong; keep a copy of the folder, and restore the log from a backup";
const TAIL_BYTES = 256 * 1024;

export const signingKeyCheck: Check = {
  name: "signing key",
  overdue: "the disk that audit.signingKeyFile is on doesn't answer",
  async run({ config: { audit } }) {
    const file = audit.signingKeyFile;
    if (await exists(file)) return [await pairFinding(file), ...(await modeFindings(file))];
    const publicFile = publicKeyPath(file);
    if (await exists(publicFile))
      return [
        failed(
          `${file} is missing, but ${publicFile} exists`,
          "restore the key from a backup; to start with a new one, move the public key and the log away",
        ),
      ];
    const trouble = await makeFindings(file);
    return trouble.length > 0 ? trouble : [ok(`none yet; \`signet serve\` creates ${file}`)];
  },
};

async function pairFinding(file: string): Promise<Finding> {
  const publicFile = publicKeyPath(file);
  try {
    const ours = createPublicKey(createPrivateKey(await readFile(file)));
    if (ours.asymmetricKeyType !== "ed25519")
      return failed(`${file} is not an Ed25519 key`, "restore the key from a backup");
    if (!ours.equals(loadPublicKey(publicFile)))
      return failed(`${publicFile} is not the public half of ${file}`, "restore both from the same backup");
    return ok(`${file}, an Ed25519 key, and its public half`);
  } catch (error) {
    const [trouble] = await accessFindings(file);
    return (
      trouble ?? failed(`${file}: ${systemReasonOf(error)}`, `restore it and ${publicFile} from a backup`)
    );
  }
}

/** Whether the last checkpoint is signed by the key beside the log, and the log still contains what it signs. */
export async function checkpointFinding(
  { name, dir }: Chain,
  { signingKeyFile }: Pick<Config["audit"], "signingKeyFile">,
): Promise<Finding> {
  const of = name === MAIN_CHAIN ? "" : `${name}: `;
  const publicFile = publicKeyPath(signingKeyFile);
  const line = await lastLine(checkpointsPath(dir));
  const checkpoint = line === undefined ? undefined : parseCheckpoint(line);
  if (!checkpoint) {
    if (line !== undefined) return failed(`${of}the last checkpoint can't be read`, VERIFY);
    return listSegments(dir).length === 0 ? ok(`${of}no records yet`) : skipped(`${of}no checkpoint yet`);
  }
  if (!(await exists(publicFile)))
    return failed(`checkpoints can't be checked: ${publicFile} is missing`, "restore it from a backup");
  const fault = checkpointFault(checkpoint, loadPublicKey(publicFile));
  if (fault !== undefined) return failed(`${of}the last checkpoint: ${fault}`, VERIFY);
  // Read after the checkpoint: a running writer only adds to it.
  const last = await lastRecord(dir);
  if (last !== undefined && last < checkpoint.record)
    return failed(
      `${of}the log ends at record ${last}, but the last checkpoint signs up to ${checkpoint.record}`,
      VERIFY,
    );
  return ok(`${of}signed up to record ${checkpoint.record} at ${checkpoint.time}`);
}

/** The number of the last record; undefined if its line can't be read. */
async function lastRecord(dir: string): Promise<number | undefined> {
  const segment = listSegments(dir).at(-1);
  if (!segment) return 0;
  const line = await lastLine(segment.path);
  return line === undefined ? segment.first - 1 : parseRecord(line)?.seq;
}

/** The last complete line; undefined if the file is missing or has none at its end. */
async function lastLine(file: string): Promise<string | undefined> {
  if (!(await exists(file))) return undefined;
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
  // What follows the last newline is incomplete.
  const finished = lines.slice(start === 0 ? 0 : 1, -1);
  return finished.at(-1);
}
