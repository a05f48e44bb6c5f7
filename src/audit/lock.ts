/**
 * One writer per folder. The lock is the kernel's, taken through SQLite on a separate file: it ends with its process,
 * however that ends, so it is never stale. A file with a pid could be: in a container, a restarted process often has
 * the pid of the one that was killed.
 */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SignetError } from "../core/errors.ts";

const SQLITE_BUSY = 5;

/** Locks the folder and returns a function that unlocks it. Throws SignetError `audit_unavailable` if it is locked. */
export function lockFolder(dir: string): () => void {
  const database = new DatabaseSync(path.join(dir, "writer.lock"));
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    throw new SignetError("audit_unavailable", `Another Signet process is writing the audit log in ${dir}.`, {
      cause,
    });
  }
  return () => database.close();
}
