/** Records one call to Bedrock and sends it: what every call does between its session and its answer. */
import { outboundCall } from "./advance.ts";
import type { Flight } from "./flight.ts";
import { forward } from "./forward.ts";
import type { Line } from "./line.ts";
import { record } from "./record.ts";
import type { Credentialed, Forwarded } from "./stages.ts";

/** `number` distinguishes the calls that one request becomes: from 1 on, undefined where it is the only one. */
export async function dispatch(
  line: Line,
  call: Credentialed,
  { body, number, flight }: { body: Buffer; number: number | undefined; flight: Flight },
): Promise<Forwarded> {
  const { exchange, shares } = call;
  const id = number === undefined ? exchange.id : `${exchange.id}.${number}`;
  const share = shares[number === undefined ? 0 : number - 1];
  const recorded = await record(line, outboundCall({ call, id, body, share }), flight);
  // Noticed at once, not only when Bedrock's first byte is there.
  recorded.durable.catch(() => flight.cut("unrecorded"));
  return forward(line, recorded, flight);
}
