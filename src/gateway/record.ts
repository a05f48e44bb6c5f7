/**
 * Writes the intent. When this returns, the record has been handed to the kernel, so that not even a killed process
 * leaves an upstream call without one; that it is on disk is awaited only before the first byte is relayed, while
 * Bedrock works.
 */
import type { Line } from "./line.ts";
import { Tally } from "./tally.ts";
import type { Credentialed, Recorded } from "./types.ts";

export async function record(line: Line, call: Credentialed): Promise<{ recorded: Recorded; tally: Tally }> {
  const { exchange, delegation, target } = call;
  const { written, durable } = line.audit.intent({
    call: exchange.id,
    client: call.client.name,
    key: call.key.id,
    delegation: delegation.name,
    protocol: "bedrock",
    operation: target.operation,
    model: target.subject,
    modelArn: target.arn,
    region: target.region,
    account: delegation.account,
    sessionName: call.session.sessionName,
    requestBytes: call.body.length,
    remote: exchange.remote,
    ...(delegation.recordContent ? { content: call.body.toString("utf8") } : {}),
  });
  await written;
  const tally = new Tally(exchange.id, exchange.startedAt, (outcome) => line.audit.outcome(outcome));
  return { recorded: { ...call, durable }, tally };
}
