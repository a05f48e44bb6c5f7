/**
 * Detects that a caller has left before the answer was complete. A started call is billed, so by default the answer is
 * read to its end (bounded in time and number) to count its usage; the operator can choose to abort instead.
 */
import { Http2ServerResponse } from "node:http2";
import type { Timer } from "../core/clock.ts";
import type { Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import type { Exchange, HttpResponse } from "../http/exchange.ts";

/** Starts watching; the returned function stops it. */
export function watchCaller(line: Line, { response }: Exchange, flight: Flight): () => void {
  let timer: Timer | undefined;
  if (hasLeft(response)) {
    // Nothing has been sent to Bedrock yet.
    flight.callerGone = true;
    flight.cut("caller_gone");
  }
  const onClose = () => {
    // Not `writableFinished`: Node also sets it for a reset HTTP/2 stream.
    if (response.writableEnded || flight.cutReason) return;
    flight.callerGone = true;
    const { policy, calls, seconds } = line.settings.callerGone;
    if (policy === "abort" || line.callersGone >= calls) return flight.cut("caller_gone");
    line.callersGone++;
    timer = line.clock.setTimeout(() => flight.cut("caller_gone"), seconds * 1000);
    flight.release();
  };
  response.once("close", onClose);
  return () => {
    response.removeListener("close", onClose);
    if (timer === undefined) return;
    line.clock.clear(timer);
    line.callersGone--;
  };
}

function hasLeft(response: HttpResponse): boolean {
  return response instanceof Http2ServerResponse ? response.stream.destroyed : response.destroyed;
}
