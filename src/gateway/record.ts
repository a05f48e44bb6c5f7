/**
 * Writes the intent. When this returns, the record has been handed to the kernel, so that not even a killed process
 * leaves an upstream call without one; that it is on disk is awaited only before the first byte is relayed, while
 * Bedrock works.
 */
import type { Line } from "./line.ts";
import { Tally } from "./tally.ts";
import type { Outbound, Recorded } from "./types.ts";

export async function record(line: Line, call: Outbound): Promise<{ recorded: Recorded; tally: Tally }> {
  const { callId, exchange, delegation, target } = call;
  const { written, durable } = line.audit.intent({
    call: callId,
    client: call.client.name,
    key: call.key.id,
    delegation: delegation.name,
    protocol: call.route.protocol,
    operation: target.operation,
    model: target.subject,
    modelArn: target.arn,
    region: target.region,
    account: delegation.account,
    sessionName: call.session.sessionName,
    requestBytes: call.outboundBody.length,
    remote: exchange.remote,
    ...(delegation.recordContent ? { content: call.outboundBody.toString("utf8") } : {}),
  });
  await written;
  const tally = new Tally(callId, exchange.startedAt, (outcome) => line.audit.outcome(outcome));
  return { recorded: { ...call, durable }, tally };
}
