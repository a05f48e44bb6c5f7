/**
 * Relays Bedrock's answer to the caller: the bytes as they come, no faster than the caller reads them. A stream's
 * frames are checked on the way, and one that ends early or is damaged is broken off, never completed.
 */
import { responseHeaders } from "../bedrock/response.ts";
import { SignetError } from "../core/errors.ts";
import { isBidirectional, OPERATIONS } from "../core/operations.ts";
import { encodeFrame } from "../eventstream/encode.ts";
import type { Exchange } from "../http/exchange.ts";
import { PieceWriter } from "../http/pieces.ts";
import { breakOff, breakOffAfterWritten, requestIdHeader, writeHead } from "../http/respond.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import { bidirectionalMeter, streamMeter, unaryMeter, type Meter } from "../usage/meter.ts";
import { sseMeter } from "../usage/sse-meter.ts";
import type { Ending } from "./ending.ts";
import type { Flight } from "./flight.ts";
import type { Forwarded } from "./stages.ts";

/** Takes an answer's body chunk by chunk. */
interface Taker {
  /** Returns an ending if the rest of the answer is not needed. */
  take(chunk: Buffer): Ending | undefined;
  end(): Ending;
}

/** Passes each chunk to `taker` until the answer has ended, one way or another. */
export function move(answer: UpstreamAnswer, taker: Taker): Promise<Ending> {
  return new Promise((resolve) => {
    let ended = false;
    answer.deliver({
      data(chunk) {
        if (ended) return;
        const ending = taker.take(chunk);
        if (!ending) return;
        ended = true;
        resolve(ending);
        answer.abort(new Error("the rest of the answer is not needed"));
      },
      end: () => resolve(taker.end()),
      error: (cause) => resolve({ kind: "broken", cause }),
    });
  });
}

export async function relay(outbound: Forwarded, flight: Flight): Promise<Ending> {
  const { answer, tally, call } = outbound;
  const { exchange } = call;
  const meter = meterOf(outbound);
  if (!flight.callerGone) head(outbound);
  const ending = await move(answer, bytesThrough(outbound, flight, meter));
  tally.reported(meter.counts());
  tally.content = meter.content();
  if (ending.kind === "broken") {
    tally.estimated(Math.ceil(outbound.body.length / 4), meter.events());
    if (ending.cause instanceof SignetError) return failedInStream(exchange, ending.cause);
    if (flight.cutReason) breakOff(exchange);
    else breakOffAfterWritten(exchange);
  }
  return ending;
}

const EXCEPTION = [
  [":message-type", { type: "string", value: "exception" }],
  [":exception-type", { type: "string", value: "validationException" }],
  [":content-type", { type: "string", value: "application/json" }],
] as const;

/** The caller's own events are at fault: only a bidirectional stream can still say so. */
function failedInStream({ response }: Exchange, error: SignetError): Ending {
  response.end(encodeFrame(EXCEPTION, Buffer.from(JSON.stringify({ message: error.message }))));
  return { kind: "failed", error };
}

function meterOf({ call: { answering, delegation, target }, head: { headers } }: Forwarded): Meter {
  const { recordContent } = delegation;
  if (isBidirectional(target.operation)) return bidirectionalMeter();
  const streaming =
    answering?.kind === "passed" ? answering.streaming : OPERATIONS[target.operation].streaming;
  if (!streaming) return unaryMeter(headers, recordContent);
  return answering ? sseMeter(recordContent) : streamMeter(recordContent);
}

function head({ call: { exchange, answering }, head: { status, headers }, tally }: Forwarded): void {
  tally.firstByte();
  tally.status = status;
  const relayed = responseHeaders(headers);
  if (answering) Object.assign(relayed, requestIdHeader(exchange));
  writeHead(exchange, status, relayed);
}

function bytesThrough({ answer, tally, call }: Forwarded, flight: Flight, meter: Meter): Taker {
  const { response } = call.exchange;
  const pieces = new PieceWriter(response, () => answer.resume());
  let last: Buffer | undefined;
  return {
    take(chunk) {
      try {
        meter.push(chunk);
      } catch (damage) {
        return { kind: "broken", cause: damage instanceof Error ? damage : new Error("damaged frame") };
      }
      tally.responseBytes += chunk.length;
      if (flight.callerGone) return undefined;
      // If the whole answer has arrived, the last chunk goes out together with the end: one write less.
      if (last) pieces.write(last, last.length);
      last = undefined;
      if (answer.complete) last = chunk;
      else if (!pieces.write(chunk, chunk.length)) answer.pause();
      return undefined;
    },
    end() {
      if (meter.truncated()) return { kind: "broken", cause: new Error("the stream ended inside a frame") };
      if (!flight.callerGone) {
        if (last) response.end(last);
        else response.end();
      }
      const { exception } = meter;
      return exception ? { kind: "exception", exception } : { kind: "complete" };
    },
  };
}
