/** What is wrong with a stream of frames. Nothing after the first error can be trusted: abort the stream. */
export type FrameErrorKind =
  /** The lengths contradict each other or the format's limits. */
  | "length"
  /** The lengths fail their checksum. */
  | "prelude_crc"
  /** Headers or payload fail their checksum. */
  | "message_crc"
  /** The headers are malformed, or don't say what the message is. */
  | "headers"
  /** The stream ended inside a frame. */
  | "truncated";

/** `message` holds no bytes of the stream. */
export class FrameError extends Error {
  readonly kind: FrameErrorKind;

  constructor(kind: FrameErrorKind, message: string) {
    super(message);
    this.name = "FrameError";
    this.kind = kind;
  }
}
