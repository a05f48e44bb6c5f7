/**
 * Follows commits to a SQLite file by polling `PRAGMA data_version` on a connection of its own, which never writes:
 * the number changes with every commit of any other connection, in this process or another. A poll costs
 * microseconds. Source: https://sqlite.org/pragma.html#pragma_data_version
 */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../core/clock.ts";
import { translated } from "./node-sqlite-dialect.ts";
import { StoreError } from "./store.ts";

const POLL_MS = 200;

export function watchSqlite(
  file: string,
  clock: Clock,
  onChange: () => void,
  onError: (error: unknown) => void,
): { stop(): void } {
  const database = translated(() => new DatabaseSync(file, { readOnly: true, timeout: 0 }));
  const dataVersion = database.prepare("PRAGMA data_version");
  const inode = statSync(file).ino;
  let seen: unknown;
  let failing = false;

  const poll = () => {
    try {
      requireSameFile(file, inode);
      const version = dataVersion.get()?.["data_version"];
      failing = false;
      if (version === seen) return;
      seen = version;
    } catch (error) {
      if (!failing) onError(error);
      failing = true;
      // A change may have been missed, so being able to follow again counts as one.
      seen = undefined;
      return;
    }
    onChange();
  };

  poll();
  const timer = clock.setInterval(poll, POLL_MS).unref();
  return {
    stop() {
      clock.clear(timer);
      if (database.isOpen) database.close();
    },
  };
}

/** With a file deleted or replaced under it, a running process would keep keys that were revoked elsewhere. */
function requireSameFile(file: string, inode: number): void {
  const now = statSync(file, { throwIfNoEntry: false });
  if (now?.ino === inode) return;
  throw new StoreError(
    "unavailable",
    `${file} was ${now ? "replaced" : "deleted"} while in use: restart Signet`,
  );
}
