/**
 * Writes the intent. When this returns, the record has been handed to the kernel, so that not even a killed process
 * leaves an upstream call without one; that it is on disk is awaited only before the first byte is relayed, while
 * Bedrock works.
 */
import type { ObservedCall } from "../audit/observer.ts";
import type { Outcome, Reserved } from "../audit/types.ts";
import { NANOS, type Estimate } from "../limits/subject.ts";
import type { Line } from "./line.ts";
import { costOf } from "../prices/price.ts";
import { originOf } from "./sign.ts";
import { Tally } from "./tally.ts";
import { usageOf } from "./unseen.ts";
import type { Outbound, Recorded } from "./types.ts";

export async function record(line: Line, call: Outbound): Promise<{ recorded: Recorded; tally: Tally }> {
  const { callId, exchange, delegation, target } = call;
  const { written, durable } = line.audit.intent({
    call: callId,
    client: call.client.name,
    key: call.key.id,
    delegation: delegation.name,
    protocol: exchange.protocol.name,
    operation: target.operation,
    model: target.subject,
    modelArn: target.arn,
    region: target.region,
    account: delegation.account,
    sessionName: call.session.sessionName,
    requestBytes: call.outboundBody.length,
    remote: exchange.remote,
    ...reservedOf(call.share),
    ...(delegation.recordContent ? { content: call.outboundBody.toString("utf8") } : {}),
  });
  await written;
  const tally = new Tally(callId, exchange.startedAt, (outcome) => close(line, call, outcome));
  return { recorded: { ...call, durable }, tally };
}

function reservedOf(share: Estimate | undefined): { reserved?: Reserved } {
  if (!share) return {};
  const { tokens, nanos } = share;
  return { reserved: { tokens, costUsd: nanos === undefined ? null : nanos / NANOS } };
}

/** Counts what the call has used, then records how it ended. */
function close(line: Line, call: Outbound, outcome: Omit<Outcome, "cost">): void {
  const { reservation, price, share } = call;
  const usage = usageOf(call, outcome);
  const usd = usage.source === "none" || !price ? undefined : costOf(usage, price);
  const tokens =
    usage.inputTokens + usage.outputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens;
  // Where the price doesn't name all that was used, what was set aside stays spent.
  const nanos =
    usd === undefined ? (usage.source === "none" ? 0 : (share?.nanos ?? 0)) : Math.round(usd * NANOS);
  reservation.spend(tokens, nanos);
  const ended = { ...outcome, usage, cost: usd === undefined ? null : { usd, prices: line.prices.version } };
  line.audit.outcome(ended);
  line.observer?.ended(observed(line, call), ended);
}

function observed(line: Line, call: Outbound): ObservedCall {
  const { callId, client, key, delegation, exchange, target, headers } = call;
  return {
    call: callId,
    client: client.name,
    key: key.id,
    delegation: delegation.name,
    protocol: exchange.protocol.name,
    operation: target.operation,
    model: target.subject,
    region: target.region,
    origin: originOf(line.settings.aws, target),
    traceparent: headers.get("traceparent"),
    tracestate: headers.get("tracestate"),
  };
}
