/** An append-only file: appends are all or nothing, and removal, replacement or changes by others are detected. */
import fs from "node:fs";
import path from "node:path";

export class AppendFile {
  readonly path: string;
  readonly #fd: number;
  readonly #inode: string;
  #size: number;
  #dirty: boolean;
  /** Whether the folder's entry for the file is known to be on disk. */
  #entered = false;

  /** Opens or creates the file (mode 0600). Throws the system's error. */
  constructor(file: string) {
    this.path = file;
    this.#fd = fs.openSync(file, "a", 0o600);
    const stat = fs.fstatSync(this.#fd);
    this.#inode = `${stat.dev}:${stat.ino}`;
    this.#size = stat.size;
    this.#dirty = false;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether anything was written since the last sync. */
  get dirty(): boolean {
    return this.#dirty;
  }

  /** Whether the path still leads to this file and its length is as this process left it. */
  intact(): boolean {
    const stat = fs.statSync(this.path, { throwIfNoEntry: false });
    return stat !== undefined && `${stat.dev}:${stat.ino}` === this.#inode && stat.size === this.#size;
  }

  /** Appends all of `text` or nothing: a partial write is cut off again. Throws the system's error. */
  append(text: string): void {
    const bytes = Buffer.from(text);
    this.#dirty = true;
    try {
      for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#fd, bytes, at);
    } catch (error) {
      fs.ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Resolves once everything appended before the call is on disk. */
  async sync(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    if (!this.#entered) await syncFolder(path.dirname(this.path));
    this.#entered = true;
    await new Promise<void>((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  /** Closes and removes a file that turned out to be unusable. */
  discard(): void {
    this.close();
    fs.rmSync(this.path, { force: true });
  }
}

async function syncFolder(dir: string): Promise<void> {
  const handle = await fs.promises.open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
