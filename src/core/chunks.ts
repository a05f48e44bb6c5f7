import { leaves } from "./young-memory.ts";

/** Gathers the chunks of a body that is read whole, up to a limit. */
export class Chunks {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** `limit`: bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Returns false and ignores the chunk if the body would exceed the limit. */
  add(chunk: Buffer): boolean {
    if (this.#bytes + chunk.length > this.#limit) return false;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  /** A body of one chunk is that chunk, not a copy of it. */
  whole(): Buffer {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return first;
    // The chunks and the copy of them.
    leaves(2 * this.#bytes);
    return Buffer.concat(this.#chunks, this.#bytes);
  }
}
