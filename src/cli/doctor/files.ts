/** Checks of files and folders, shared by several checks. Nothing is written: the system is asked for permissions. */
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { systemReasonOf } from "../../core/reason.ts";
import { failed, warning, type Finding } from "./check.ts";

/** The failure if Signet's user can't read and write the file or folder. */
export async function accessFindings(file: string): Promise<Finding[]> {
  const isFolder = (await stat(file)).isDirectory();
  try {
    await access(file, constants.R_OK | constants.W_OK | (isFolder ? constants.X_OK : 0));
    return [];
  } catch (error) {
    const user = process.getuid?.() ?? "Signet's user";
    return [
      failed(
        systemReasonOf(error),
        `let user ${user} read and write ${file}: chown, or mount its file system writable`,
      ),
    ];
  }
}

/** The failure if what doesn't exist yet couldn't be created. */
export async function makeFindings(file: string): Promise<Finding[]> {
  const above = await existingAbove(file);
  if ((await stat(above)).isDirectory()) return accessFindings(above);
  return [failed(`${above} is a file, but must be a folder`, `move it away, or configure another path`)];
}

/** The warning if anyone but its owner may read or write it. */
export async function modeFindings(file: string): Promise<Finding[]> {
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return [];
  return [
    warning(
      `${file} has mode ${(mode & 0o777).toString(8)}: other users may access it`,
      `chmod go-rwx ${file}`,
    ),
  ];
}

/** The nearest existing folder (or file in its place) above. */
export async function existingAbove(file: string): Promise<string> {
  const above = path.dirname(file);
  if (above === file) return file;
  return (await exists(above)) ? above : existingAbove(above);
}

/** Rejects if that can't be determined, as below a folder that can't be searched. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}

/** Network file systems, by Linux's magic numbers. Source: statfs(2). */
const NETWORK = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x01021997, "9p"],
]);

/** The network file system with that number, or undefined for any other. */
export function networkFileSystem(type: number): string | undefined {
  // statfs gives a signed number on some architectures.
  return NETWORK.get(type >>> 0);
}

export async function networkFileSystemOf(file: string): Promise<string | undefined> {
  return process.platform === "linux" ? networkFileSystem((await statfs(file)).type) : undefined;
}
