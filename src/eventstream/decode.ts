/** Decodes one whole frame: all its headers and its payload. */
import { FrameError } from "./frame-error.ts";
import { decodeHeaders, type Headers } from "./headers.ts";
import { asBuffer, checkMessage, frameLength, payloadEnd, payloadStart, PRELUDE_BYTES } from "./layout.ts";

export interface Message {
  headers: Headers;
  payload: Uint8Array;
}

/** `frame` is exactly one frame; the payload is a view into it. Throws FrameError. */
export function decodeFrame(frame: Uint8Array): Message {
  const bytes = asBuffer(frame);
  if (bytes.length < PRELUDE_BYTES) throw new FrameError("truncated", "A frame ends inside its prelude.");
  const total = frameLength(bytes, 0);
  if (bytes.length < total) throw new FrameError("truncated", "A frame is shorter than it claims.");
  if (bytes.length > total) throw new FrameError("length", "A frame is longer than it claims.");
  checkMessage(bytes, 0, total);
  const payloadAt = payloadStart(bytes, 0);
  return {
    headers: decodeHeaders(bytes.subarray(PRELUDE_BYTES, payloadAt)),
    payload: bytes.subarray(payloadAt, payloadEnd(0, total)),
  };
}
