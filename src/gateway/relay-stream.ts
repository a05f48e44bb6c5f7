/**
 * Relays a translated stream to the caller: each of Bedrock's events becomes text of the caller's protocol, no faster
 * than the caller reads it. The head is sent with the first text, so that a stream which begins with an exception is an
 * ordinary error. A stream that fails later reports that in the protocol's own way and is never completed.
 */
import type { Clock } from "../core/clock.ts";
import { SignetError } from "../core/errors.ts";
import { FrameError } from "../eventstream/frame-error.ts";
import { PieceWriter } from "../http/pieces.ts";
import { breakOff, breakOffAfterWritten, render, sendAnswer, translatedHead } from "../http/respond.ts";
import type { Failure } from "../protocols/failure.ts";
import type { Streamed } from "../protocols/translation.ts";
import { streamMeter } from "../usage/meter.ts";
import { failureOfEnding, type Ending } from "./ending.ts";
import type { Flight } from "./flight.ts";
import { move } from "./relay.ts";
import type { Forwarded } from "./stages.ts";

/** Callers and proxies give up on connections that are silent for long. */
const PING_MS = 15_000;

export async function relayStream(
  outbound: Forwarded,
  { streamed, flight, clock }: { streamed: Streamed; flight: Flight; clock: Clock },
): Promise<Ending> {
  const { answer, tally, call } = outbound;
  const translator = streamed.open();
  const writer = textWriter(outbound, streamed.contentType);
  const meter = streamMeter(call.delegation.recordContent, (type, payload) => {
    writer.add(translator.event(type, payload));
  });
  const pings = clock.setInterval(() => {
    if (!flight.callerGone) writer.ping(translator.ping);
  }, PING_MS);
  try {
    const ending = await move(answer, {
      take(chunk) {
        const unreadable = taken(() => meter.push(chunk));
        if (!flight.callerGone && writer.pending && !writer.write()) answer.pause();
        return unreadable ?? (meter.exception && { kind: "exception", exception: meter.exception });
      },
      end() {
        const last = meter.truncated() ? undefined : translator.end();
        if (last === undefined)
          return { kind: "broken", cause: new Error("the stream ended before its end") };
        writer.add(last);
        return { kind: "complete" };
      },
    });
    tally.reported(meter.counts());
    tally.content = meter.content();
    if (ending.kind === "broken") tally.estimated(Math.ceil(outbound.body.length / 4), meter.events());
    if (flight.callerGone) return ending;
    if (ending.kind === "complete") writer.end();
    else fail(outbound, { writer, flight, text: (failure) => translator.fail(failure) }, ending);
    return ending;
  } finally {
    clock.clear(pings);
  }
}

/** How the stream has ended if the chunk can't be read; undefined if it can. */
function taken(push: () => void): Ending | undefined {
  try {
    push();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof FrameError) return { kind: "broken", cause: thrown };
    if (thrown instanceof SignetError) return { kind: "failed", error: thrown };
    const message = "Bedrock's answer can't be parsed.";
    return { kind: "failed", error: new SignetError("upstream_invalid", message, { cause: thrown }) };
  }
}

/** Before the first text, an ordinary error; later, the protocol's own error in the stream. */
function fail(
  { call: { exchange }, tally }: Forwarded,
  { writer, flight, text }: { writer: TextWriter; flight: Flight; text: (failure: Failure) => string },
  ending: Exclude<Ending, { kind: "complete" }>,
): void {
  const { headersSent } = exchange.response;
  if (flight.cutReason === "revoked" && headersSent) return breakOff(exchange);
  const failure = failureOfEnding(ending);
  if (!headersSent && !writer.pending) {
    const answer = render(exchange, failure);
    tally.status = answer.status;
    tally.firstByte();
    return sendAnswer(exchange, answer);
  }
  writer.add(text(failure));
  // Bedrock's own errors end the stream as vendors end it; after any other, no client may mistake the end for success.
  if (ending.kind !== "broken") return writer.end();
  writer.write();
  breakOffAfterWritten(exchange);
}

interface TextWriter {
  /** Buffers text for the next write. */
  add(text: string): void;
  readonly pending: boolean;
  /** Returns false if the relay should wait for the caller. */
  write(): boolean;
  /** Writes `text` if the stream has been silent since the last ping. */
  ping(text: string): void;
  end(): void;
}

function textWriter({ answer, tally, call: { exchange } }: Forwarded, contentType: string): TextWriter {
  const { response } = exchange;
  const pieces = new PieceWriter(response, () => answer.resume());
  let text = "";
  let silent = true;
  const head = () => {
    if (response.headersSent) return;
    tally.firstByte();
    tally.status = 200;
    translatedHead(exchange, {
      "content-type": contentType,
      "cache-control": "no-cache",
      // Buffering proxies in front would hold the stream back.
      "x-accel-buffering": "no",
    });
  };
  const write = (): boolean => {
    const piece = text;
    text = "";
    head();
    silent = false;
    const bytes = Buffer.byteLength(piece);
    tally.responseBytes += bytes;
    return pieces.write(piece, bytes);
  };
  return {
    add: (more) => void (text += more),
    get pending() {
      return text !== "";
    },
    write,
    ping(piece) {
      if (silent && !pieces.full && !response.writableEnded) {
        text += piece;
        write();
      }
      silent = true;
    },
    end() {
      write();
      response.end();
    },
  };
}
