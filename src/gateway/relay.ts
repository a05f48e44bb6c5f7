/**
 * Hands Bedrock's answer to the caller: bytes through, as they come, no faster than the caller takes them. A
 * stream's frames are checked on the way, and one that ends early or is damaged is broken off, never completed.
 */
import { SignetError, type ErrorCode } from "../core/errors.ts";
import { OPERATIONS } from "../core/operations.ts";
import { failureOfUpstream } from "../protocols/upstream-failure.ts";
import { responseHeaders } from "../bedrock/response.ts";
import { CutError, type Flight } from "./flight.ts";
import type { Forwarded } from "./forward.ts";
import type { Line } from "./line.ts";
import { streamMeter, unaryMeter, type Meter } from "../usage/meter.ts";
import { PieceWriter } from "../http/pieces.ts";
import { firstLine } from "../core/reason.ts";
import { sseMeter } from "../usage/sse-meter.ts";
import {
  requestIdHeader,
  breakOff,
  breakOffAfterWritten,
  render,
  sendAnswer,
  writeHead,
} from "../http/respond.ts";
import { isTimeout } from "../upstream/retry.ts";
import { outcomeOf, type Tally } from "./tally.ts";
import type { UpstreamAnswer, UpstreamHead } from "../upstream/upstream.ts";

export async function relay(line: Line, call: Forwarded, flight: Flight, tally: Tally): Promise<void> {
  await call.durable;
  if (call.refusal) return relayRefusal(line, call, tally);
  const { answer, head, exchange } = call;
  const meter = meterOf(call, head);
  if (!flight.callerGone) {
    tally.firstByte();
    tally.status = head.status;
    const headers = responseHeaders(head.headers);
    if (call.answering) Object.assign(headers, requestIdHeader(exchange));
    writeHead(exchange, head.status, headers);
  }
  const failure = await pass(call, answer, flight, tally, meter);
  finish(call, flight, tally, meter, failure);
  if (failure && !flight.cutReason) {
    line.log.warn({ call: exchange.id, reason: failure.message }, "an answer was broken off");
  }
}

function meterOf({ answering, delegation, target }: Forwarded, head: UpstreamHead): Meter {
  const { recordContent } = delegation;
  const streaming =
    answering?.kind === "passed" ? answering.streaming : OPERATIONS[target.operation].streaming;
  if (!streaming) return unaryMeter(head.headers, recordContent);
  return answering ? sseMeter(recordContent) : streamMeter(recordContent);
}

export function relayRefusal(line: Line, call: Forwarded & { refusal: object }, tally: Tally): void {
  const failure = failureOfUpstream(call.refusal);
  const answer = render(call.exchange, failure, call.refusal.requestId);
  const { code } = failure;
  tally.firstByte();
  tally.status = answer.status;
  tally.error = code;
  tally.responseBytes = answer.body.length;
  if (code !== null) {
    const { status, type, message } = call.refusal;
    line.log.warn({ call: call.exchange.id, status, type, aws: firstLine(message) }, "AWS refused the call");
  }
  sendAnswer(call.exchange, answer);
  tally.close(outcomeOf(answer.status, call.refusal.type));
}

/** Moves the body. Resolves to what went wrong, or undefined once it has ended as it should. */
function pass(
  { exchange: { response } }: Forwarded,
  answer: UpstreamAnswer,
  flight: Flight,
  tally: Tally,
  meter: Meter,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let last: Buffer | undefined;
    const pieces = new PieceWriter(response, () => answer.resume());
    answer.deliver({
      data(chunk) {
        try {
          meter.push(chunk);
        } catch (damage) {
          answer.abort(damage instanceof Error ? damage : new Error("damaged frame"));
          return;
        }
        tally.responseBytes += chunk.length;
        if (flight.callerGone) return;
        // Of an answer that is here already, the last chunk goes out together with the end: one write less.
        if (last) pieces.write(last, last.length);
        last = undefined;
        if (answer.complete) last = chunk;
        else if (!pieces.write(chunk, chunk.length)) answer.pause();
      },
      end() {
        const truncated = meter.truncated();
        if (!flight.callerGone && !truncated) {
          if (last) response.end(last);
          else response.end();
        }
        resolve(truncated ? new Error("the stream ended inside a frame") : undefined);
      },
      error: resolve,
    });
  });
}

function finish(
  call: Forwarded,
  flight: Flight,
  tally: Tally,
  meter: Meter,
  failure: Error | undefined,
): void {
  tally.reported(meter.counts());
  tally.content = meter.content();
  if (failure) {
    tally.estimated(Math.ceil(call.outboundBody.length / 4), meter.events());
    if (flight.cutReason) breakOff(call.exchange);
    else breakOffAfterWritten(call.exchange);
  }
  const { exception } = meter;
  if (exception !== undefined) tally.upstreamErrorType = exception.name;
  if (flight.cutReason === "revoked") return tally.close("revoked");
  if (flight.callerGone) return tally.close("client_gone");
  if (failure) {
    tally.error = failure instanceof CutError ? cutError(failure).code : codeOf(failure);
    return tally.close("truncated");
  }
  tally.close(exception === undefined ? "ok" : outcomeOf(0, exception.name));
}

function codeOf(failure: Error): ErrorCode {
  return isTimeout(failure) ? "upstream_timeout" : "upstream_invalid";
}

/** The error for a call that was cut from outside. */
export function cutError({ reason }: CutError): SignetError {
  switch (reason) {
    case "revoked":
      return new SignetError(
        "authentication_failed",
        "Authentication failed: Please make sure your API Key is valid.",
      );
    case "timeout":
      return new SignetError("upstream_timeout", "Bedrock did not answer in time.");
    case "unrecorded":
      return new SignetError("audit_unavailable", "The call can't be recorded at the moment.", {
        retryAfter: 5,
      });
    case "caller_gone":
    case "shutdown":
      return new SignetError("draining", "This gateway is shutting down.", { retryAfter: 1 });
    default: {
      const _: never = reason;
      return _;
    }
  }
}
