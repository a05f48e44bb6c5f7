/**
 * One writer per folder. The lock is the kernel's own, taken through SQLite on a file of its own: it ends with its
 * process however that ends, so that no lock is ever stale. A file holding a pid would be: in a container every
 * process that is started anew may well have the pid of the one that was killed.
 */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SignetError } from "../core/errors.ts";

const SQLITE_BUSY = 5;

/** Takes the folder's lock and returns what gives it free. Throws SignetError `audit_unavailable` where it is taken. */
export function lockFolder(dir: string): () => void {
  const database = new DatabaseSync(path.join(dir, "writer.lock"));
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause;
    throw new SignetError("audit_unavailable", `Another Signet process writes the audit log in ${dir}.`, {
      cause,
    });
  }
  return () => database.close();
}
