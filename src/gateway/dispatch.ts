/** Records one call to Bedrock and sends it: what every call does between its session and its answer. */
import type { Flight } from "./flight.ts";
import { forward, type Forwarded } from "./forward.ts";
import type { Line } from "./line.ts";
import { record } from "./record.ts";
import type { Tally } from "./tally.ts";
import type { Credentialed } from "./types.ts";

/** A call that was sent, and the record of it. */
export interface Sent {
  forwarded: Forwarded;
  tally: Tally;
}

/** `number` tells apart the calls that one request becomes. `onOpen` hears of the record before anything is sent. */
export async function dispatch(
  line: Line,
  call: Credentialed,
  {
    body,
    number,
    flight,
    onOpen,
  }: { body: Buffer; number?: number; flight: Flight; onOpen: (tally: Tally) => void },
): Promise<Sent> {
  const { id } = call.exchange;
  const callId = number === undefined ? id : `${id}.${number}`;
  const share = call.shares[number === undefined ? 0 : number - 1];
  const { recorded, tally } = await record(line, { ...call, callId, outboundBody: body, share });
  onOpen(tally);
  // Noticed at once, not only when Bedrock's first byte is there.
  recorded.durable.catch(() => flight.cut("unrecorded"));
  return { forwarded: await forward(line, recorded, flight, tally), tally };
}
