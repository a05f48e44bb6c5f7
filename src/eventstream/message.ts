/**
 * What a frame is, as its `:`-headers say: an event, a modelled exception or an unmodelled error.
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { FrameError } from "./frame-error.ts";
import type { Headers } from "./headers.ts";

/** A frame's kind without its payload. */
export type Envelope =
  | { messageType: "event"; eventType: string }
  /** The payload is the exception's JSON; Bedrock writes the type in camelCase. */
  | { messageType: "exception"; exceptionType: string }
  | { messageType: "error"; errorCode: string; errorMessage: string };

/** Throws FrameError if the headers don't say what the frame is. */
export function envelopeOf(headers: Headers): Envelope {
  const messageType = text(headers, ":message-type");
  switch (messageType) {
    case "event":
      return { messageType, eventType: text(headers, ":event-type") };
    case "exception":
      return { messageType, exceptionType: text(headers, ":exception-type") };
    case "error":
      return {
        messageType,
        errorCode: text(headers, ":error-code"),
        errorMessage: headers.has(":error-message") ? text(headers, ":error-message") : "",
      };
    default:
      throw new FrameError("headers", "A frame's :message-type is not event, exception or error.");
  }
}

function text(headers: Headers, name: string): string {
  const header = headers.get(name);
  if (header?.type !== "string") throw new FrameError("headers", `A frame has no ${name} text.`);
  return header.value;
}
