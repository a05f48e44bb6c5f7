/**
 * Opens the audit log for writing. Records of one turn of the event loop go out in one write(2); callers then wait for
 * a shared fdatasync. docs/audit.md describes what happens when the disk is full or fails, or the log is tampered with.
 */
import fs from "node:fs";
import path from "node:path";
import { SignetError } from "../core/errors.ts";
import { randomId } from "../core/ids.ts";
import { AppendFile } from "./append-file.ts";
import { loadPublicKey, openSigner, publicKeyPath, signingKeyPath } from "./checkpoint.ts";
import type { Signer } from "./checkpoint.ts";
import { Journal } from "./journal.ts";
import { lockFolder } from "./lock.ts";
import { openFields, outcomeFields, startFields, unknownOutcome } from "./records.ts";
import { recover } from "./recover.ts";
import type { Recovered } from "./recover.ts";
import { reserveIn } from "./reserve.ts";
import type { Reserve } from "./reserve.ts";
import { checkpointsPath } from "./segments.ts";
import type { Audit, AuditOptions } from "./types.ts";
import { Recorder } from "./recorder.ts";

/**
 * Opens the log in `options.dir` and repairs what a crash left: an incomplete final line is dropped, and calls that
 * never ended are closed as `unknown`. Rejects with SignetError `audit_unavailable` if the folder can't be written, is
 * written by another process, or has no room for the reserve.
 */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const signingKey = options.signingKey ?? signingKeyPath(options.dir);
  try {
    fs.mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    fs.mkdirSync(path.dirname(signingKey), { recursive: true, mode: 0o700 });
    const unlock = lockFolder(options.dir);
    try {
      const signer = openSigner(signingKey);
      const found = await recover(options.dir, loadPublicKey(publicKeyPath(signingKey)));
      return await start(options, found, signer, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof SignetError) throw cause;
    throw new SignetError("audit_unavailable", `The audit log in ${options.dir} cannot be opened.`, {
      cause,
    });
  }
}

async function start(
  options: AuditOptions,
  found: Recovered,
  signer: Signer,
  unlock: () => void,
): Promise<Audit> {
  const reserve: Reserve = reserveIn(options.dir, options.reserveBytes);
  if (!reserve.take()) {
    const bytes = options.reserveBytes * 2;
    throw new SignetError("audit_unavailable", `The audit log in ${options.dir} needs ${bytes} free bytes.`);
  }
  const { dir, segmentBytes, clock } = options;
  const { link, segment, open } = found;
  const writer = randomId();
  const time = new Date(clock.now()).toISOString();
  const journal = new Journal({ dir, segmentBytes, link, segment });
  if (!segment) journal.rotate(openFields(time, { previous: link.hash, calls: [...open] }));
  const { tornBytes, damagedLines, lostRecords } = found;
  const orphans = open.size;
  journal.append([
    startFields(time, {
      version: options.version,
      writer,
      tornBytes,
      damagedLines,
      lostRecords,
      orphans,
    }),
    ...[...open].map((call) => outcomeFields(time, unknownOutcome(call))),
  ]);
  await journal.commit();
  const checkpoints = new AppendFile(checkpointsPath(dir));
  return new Recorder({ ...options, writer, journal, checkpoints, reserve, signer, unlock });
}
