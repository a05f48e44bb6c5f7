/**
 * Walks a stream of frames as its chunks arrive, however they are split, and checks each frame before passing it on:
 * lengths, both checksums, headers. Frames that are complete in one chunk are not copied.
 */
import { FrameError } from "./frame-error.ts";
import { decodeHeaders } from "./headers.ts";
import { asBuffer, checkMessage, frameLength, payloadEnd, payloadStart, PRELUDE_BYTES } from "./layout.ts";
import { envelopeOf, type Envelope } from "./message.ts";

/** `payload` is a view: into the chunk that was pushed, or into a copy of its own if the frame came in pieces. */
export type Frame = Envelope & { payload: Uint8Array };

/** Allocated at first for a frame in pieces; it gets more only as more of it arrives, whatever length it claims. */
const FIRST_ALLOCATION = 64 * 1024;

export class FrameWalker {
  readonly #onFrame: (frame: Frame) => void;
  /** Set by the first error, which every later call throws again. */
  #failure: { thrown: unknown } | undefined;
  /** A frame that isn't complete yet: its first `#held` bytes. */
  #partial = Buffer.alloc(0);
  #held = 0;
  /** How many of its bytes must be there before it can be read: the prelude, then all. */
  #needed = PRELUDE_BYTES;
  /** The last block of headers and its meaning: most frames have the same block as the frame before. */
  #block = Buffer.alloc(0);
  #envelope: Envelope | undefined;

  /** `onFrame` is called with each valid frame, in order, before `push` returns. */
  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /**
   * Takes the next chunk. Throws FrameError at the first bad frame, after passing on the valid ones before it, and as
   * early as its bytes show it: a bad length as soon as its prelude is there. Nothing is skipped: after an error,
   * whether from a frame or from `onFrame`, every later call throws it again.
   */
  push(chunk: Uint8Array): void {
    this.#rethrow();
    try {
      this.#walk(asBuffer(chunk));
    } catch (thrown) {
      this.#failure = { thrown };
      throw thrown;
    }
  }

  /** To be called after the last chunk. Throws FrameError `truncated` if the last frame is incomplete. */
  end(): void {
    this.#rethrow();
    if (this.#held > 0) throw new FrameError("truncated", "The stream ended inside a frame.");
  }

  #rethrow(): void {
    if (this.#failure) throw this.#failure.thrown;
  }

  #walk(chunk: Buffer): void {
    let at = this.#held > 0 ? this.#continue(chunk) : 0;
    while (chunk.length - at >= PRELUDE_BYTES) {
      const total = frameLength(chunk, at);
      if (chunk.length - at < total) {
        this.#needed = total;
        break;
      }
      this.#give(chunk, at, total);
      at += total;
    }
    if (at < chunk.length) this.#hold(chunk.subarray(at));
  }

  /** Adds to the frame in pieces what it still needs and passes it on once complete. Returns how much it took. */
  #continue(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      const piece = chunk.subarray(at, at + this.#needed - this.#held);
      this.#hold(piece);
      at += piece.length;
      if (this.#held < this.#needed) break;
      if (this.#needed === PRELUDE_BYTES) {
        this.#needed = frameLength(this.#partial, 0);
        continue;
      }
      this.#give(this.#partial, 0, this.#needed);
      this.#partial = Buffer.alloc(0);
      this.#held = 0;
      this.#needed = PRELUDE_BYTES;
      break;
    }
    return at;
  }

  #hold(piece: Buffer): void {
    const length = this.#held + piece.length;
    if (length > this.#partial.length) {
      const size = Math.max(length, Math.min(this.#needed, Math.max(FIRST_ALLOCATION, 2 * length)));
      const grown = Buffer.allocUnsafe(size);
      this.#partial.copy(grown, 0, 0, this.#held);
      this.#partial = grown;
    }
    piece.copy(this.#partial, this.#held);
    this.#held = length;
  }

  #give(bytes: Buffer, at: number, total: number): void {
    checkMessage(bytes, at, total);
    const payloadAt = payloadStart(bytes, at);
    const envelope = this.#envelopeOf(bytes, at + PRELUDE_BYTES, payloadAt);
    this.#onFrame({ ...envelope, payload: bytes.subarray(payloadAt, payloadEnd(at, total)) });
  }

  #envelopeOf(bytes: Buffer, start: number, end: number): Envelope {
    const block = this.#block;
    if (this.#envelope && bytes.compare(block, 0, block.length, start, end) === 0) return this.#envelope;
    // Not a slice of Node's pool, which would keep the whole pool in memory for as long as the stream lasts.
    this.#block = Buffer.alloc(end - start);
    bytes.copy(this.#block, 0, start, end);
    this.#envelope = envelopeOf(decodeHeaders(this.#block));
    return this.#envelope;
  }
}
