/**
 * Keeps compiled code from one start to the next, which saves up to half of a command's CPU time. Write access to the
 * cache is control over what Signet runs: its folder is private to the user, or there is no cache. (Node's default folder,
 * below the system's temporary one, is shared by all users.) NODE_DISABLE_COMPILE_CACHE=1 switches it off.
 */
import { existsSync, lstatSync, mkdirSync, statSync, type Stats } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import path from "node:path";

export function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const caches = cachesOf(env);
  const folder = caches === undefined ? undefined : privateFolder(caches);
  if (folder !== undefined) enableCompileCache(folder);
}

/** The user's caches; undefined for a user without a home, such as a number that a container runs under. */
export function cachesOf(
  { XDG_CACHE_HOME: named }: Readonly<Record<string, string | undefined>>,
  home = homedir,
): string | undefined {
  try {
    return named || path.join(home(), ".cache");
  } catch {
    return undefined;
  }
}

/** `signet` below the user's caches; undefined if it can't be created or isn't private. */
export function privateFolder(caches: string): string | undefined {
  const folder = path.join(caches, "signet");
  try {
    // Under `sudo` the home may be another user's: nothing is made or trusted there.
    if (!isOwn(statSync(existsSync(caches) ? caches : path.dirname(caches)), 0o022)) return undefined;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOwn(lstatSync(folder), 0o077) ? folder : undefined;
  } catch {
    return undefined; // A home that is read-only or doesn't exist.
  }
}

/** Whether it is this user's, and others have none of these permissions. */
function isOwn({ uid, mode }: Stats, permissions: number): boolean {
  return uid === process.geteuid?.() && (mode & permissions) === 0;
}
