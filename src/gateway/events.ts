/**
 * The caller's half of a bidirectional stream: its events are taken out of the caller's signatures, which are verified
 * if the caller signed with an access-key pair, signed again for Bedrock, and sent no faster than Bedrock reads.
 * See decision 0026.
 */
import { Http2ServerResponse, constants } from "node:http2";
import { SignetError } from "../core/errors.ts";
import { decodeFrame, type Message } from "../eventstream/decode.ts";
import { encodeFrame, encodeHeaders } from "../eventstream/encode.ts";
import { FrameError } from "../eventstream/frame-error.ts";
import { envelopeOf } from "../eventstream/message.ts";
import { FrameSplitter } from "../eventstream/split.ts";
import { EventChain, type SignedEvent } from "../sigv4/events.ts";
import type { BidirectionalCall } from "../upstream/bidirectional.ts";
import type { Line } from "./line.ts";
import type { Signed } from "./stages.ts";

/** Bedrock takes parts of up to 1,000,000 bytes, which are base64 in JSON here, in two frames. */
const LONGEST = 1_500_000;
const NOTHING = Buffer.alloc(0);
const SIGNATURE_CHARS = 64;

/** Starts sending; a problem of the caller's events aborts the answer with a SignetError. */
export function sendEvents(
  { signingClock }: Pick<Line, "signingClock">,
  { call, session, signedHeaders }: Signed,
  upstream: BidirectionalCall,
): void {
  const { request, response } = call.exchange;
  const at = signedHeaders.indexOf("authorization") + 1;
  const seed = signedHeaders[at]?.slice(-SIGNATURE_CHARS) ?? "";
  const scope = { region: call.target.region, service: "bedrock" };
  const chain = new EventChain(session.credentials.secretAccessKey, scope, seed);
  const reader = eventReader(call.events, (event) => {
    if (!upstream.write(wrapped(event, chain, signingClock.now()))) request.pause();
  });
  const stop = () => {
    request.off("data", onData).off("end", onEnd).off("close", onEnd);
  };
  const attempt = (step: () => void) => {
    try {
      step();
    } catch (thrown) {
      stop();
      upstream.answer.abort(problemOf(thrown));
    }
  };
  const finish = () => {
    stop();
    upstream.write(wrapped(NOTHING, chain, signingClock.now()));
    upstream.end();
  };
  const onData = (chunk: Buffer) => attempt(() => reader.push(chunk));
  /** A caller that has left ends the conversation, so that Bedrock says what was used. */
  const onEnd = () =>
    attempt(() => {
      if (!request.aborted) reader.end();
      finish();
    });
  upstream.onDrain(() => request.resume());
  request.on("data", onData).on("end", onEnd).on("close", onEnd);
  response.once("finish", () => {
    stop();
    // The answer is complete: what the caller still sends would wait forever.
    if (!request.complete && response instanceof Http2ServerResponse)
      response.stream.close(constants.NGHTTP2_NO_ERROR);
  });
}

interface EventReader {
  push(chunk: Buffer): void;
  end(): void;
}

/** `onEvent` gets whole frames without signature. `signed`: the caller's chain, if the caller signed the request. */
function eventReader(signed: EventChain | undefined, onEvent: (event: Uint8Array) => void): EventReader {
  let hasEnded = false;
  const frames = new FrameSplitter(LONGEST, (frame) => {
    if (hasEnded) throw invalid("goes on after its end.");
    const message = decodeFrame(frame);
    const event = signed ? verified(message, signed) : unwrapped(message, frame);
    if (event.length === 0) hasEnded = true;
    else onEvent(checked(event));
  });
  return {
    push: (chunk) => frames.push(chunk),
    end() {
      frames.end();
      if (signed && !hasEnded) throw invalid("ended without its signed end.");
    },
  };
}

function verified({ headers, payload }: Message, chain: EventChain): Uint8Array {
  const date = headers.get(":date");
  const signature = headers.get(":chunk-signature");
  const isSigned = date?.type === "timestamp" && signature?.type === "binary" && headers.size === 2;
  if (isSigned && chain.accepts(dated(date.value, payload), signature.value)) return payload;
  throw new SignetError(
    "invalid_signature",
    "The signature of an event in the request's stream does not match. Check your AWS Secret Access Key.",
  );
}

/** The frame that carries an event to Bedrock; an empty one ends the stream. */
function wrapped(event: Uint8Array, chain: EventChain, now: number): Buffer {
  const date = new Date(now);
  const signature = { type: "binary", value: chain.sign(dated(date, event)) } as const;
  return encodeFrame(
    [
      [":date", { type: "timestamp", value: date }],
      [":chunk-signature", signature],
    ],
    event,
  );
}

function dated(date: Date, payload: Uint8Array): SignedEvent {
  return {
    date: date.getTime(),
    headers: encodeHeaders([[":date", { type: "timestamp", value: date }]]),
    payload,
  };
}

/** Of a caller with a secret: SDKs sign the events all the same, with keys that Signet doesn't know. */
function unwrapped({ headers, payload }: Message, frame: Uint8Array): Uint8Array {
  return headers.has(":chunk-signature") ? payload : frame;
}

function checked(event: Uint8Array): Uint8Array {
  const envelope = envelopeOf(decodeFrame(event).headers);
  if (envelope.messageType !== "event" || envelope.eventType !== "chunk")
    throw invalid("has an event that is not a chunk.");
  return event;
}

function problemOf(thrown: unknown): Error {
  if (thrown instanceof FrameError) return invalid(`is damaged: ${thrown.message}`, thrown);
  return thrown instanceof Error ? thrown : new Error("the events can't be read");
}

function invalid(what: string, cause?: Error): SignetError {
  return new SignetError("invalid_body", `The request's event stream ${what}`, cause && { cause });
}
