/** Reserved disk space, so that calls running when the disk fills up can still be recorded to their end. */
import { randomFillSync } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const CHUNK = 1024 * 1024;

export interface Reserve {
  /** Takes the space; returns false if there isn't enough. Throws system errors other than those of a full disk. */
  take(): boolean;
  /** Returns the space to the file system. */
  release(): void;
}

export function reserveIn(dir: string, bytes: number): Reserve {
  const file = path.join(dir, "reserve");
  const release = () => fs.rmSync(file, { force: true });

  const take = () => {
    if (fs.statSync(file, { throwIfNoEntry: false })?.size === bytes) return true;
    const { bavail, bsize } = fs.statfsSync(dir);
    // Twice the space: otherwise the log could alternate between full and well.
    if (bavail * bsize < bytes * 2) return false;
    try {
      fill(file, bytes);
      return true;
    } catch (error) {
      release();
      if (isDiskFull(error)) return false;
      throw error;
    }
  };

  return { take, release };
}

/** Random bytes, because a compressing file system would store zeros in almost no space. */
function fill(file: string, bytes: number): void {
  const noise = randomFillSync(Buffer.allocUnsafe(Math.min(CHUNK, bytes)));
  const fd = fs.openSync(file, "w", 0o600);
  try {
    let left = bytes;
    while (left > 0) left -= fs.writeSync(fd, noise, 0, Math.min(noise.length, left));
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether a system error means that there is no space left on the disk or in the quota. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT";
}
