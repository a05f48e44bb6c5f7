/** Splits a stream into whole frames, whatever they hold, however its chunks are cut. */
import { FrameError } from "./frame-error.ts";
import { frameLength, PRELUDE_BYTES } from "./layout.ts";

export class FrameSplitter {
  readonly #longest: number;
  readonly #onFrame: (frame: Buffer) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that must be there before anything can be read: the prelude, then the whole frame. */
  #needed = PRELUDE_BYTES;

  /** `longest`: bytes that a frame may have. */
  constructor(longest: number, onFrame: (frame: Buffer) => void) {
    this.#longest = longest;
    this.#onFrame = onFrame;
  }

  /** Throws FrameError for a prelude that is damaged or claims too much; frames themselves aren't checked. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    let bytes = Buffer.concat(this.#chunks);
    this.#needed = PRELUDE_BYTES;
    while (bytes.length >= this.#needed) {
      const total = frameLength(bytes, 0);
      if (total > this.#longest)
        throw new FrameError("length", `A frame has ${total} bytes; ${this.#longest} are possible.`);
      this.#needed = total;
      if (bytes.length < total) break;
      this.#onFrame(bytes.subarray(0, total));
      bytes = bytes.subarray(total);
      this.#needed = PRELUDE_BYTES;
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#held = bytes.length;
  }

  /** Throws FrameError if the stream has ended inside a frame. */
  end(): void {
    if (this.#held > 0) throw new FrameError("truncated", "The stream ended inside a frame.");
  }
}
