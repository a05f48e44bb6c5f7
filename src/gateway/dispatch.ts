/** Records one call to Bedrock and sends it: everything between its session and its answer. */
import { outboundCall } from "./advance.ts";
import type { Flight } from "./flight.ts";
import { forward } from "./forward.ts";
import type { Line } from "./line.ts";
import { record } from "./record.ts";
import type { Credentialed, Forwarded } from "./stages.ts";

/** `number` distinguishes the calls of one request: from 1 on, undefined if there is only one. */
export async function dispatch(
  line: Line,
  call: Credentialed,
  { body, number, flight }: { body: Buffer; number: number | undefined; flight: Flight },
): Promise<Forwarded> {
  const { exchange, shares } = call;
  const id = number === undefined ? exchange.id : `${exchange.id}.${number}`;
  const share = shares[number === undefined ? 0 : number - 1];
  const recorded = await record(line, outboundCall({ call, id, body, share }), flight);
  // Detected immediately, not only when Bedrock's first byte arrives.
  recorded.durable.catch(() => flight.cut("unrecorded"));
  return forward(line, recorded, flight);
}
