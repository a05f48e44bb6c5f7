/**
 * Writes the intent. When this returns, the record has been handed to the kernel, so that even a killed process leaves
 * no upstream call without one. That it is on disk is awaited only before the first byte is relayed, while Bedrock
 * works.
 */
import type { ObservedCall } from "../audit/observer.ts";
import type { Outcome, Reserved } from "../audit/call-record.ts";
import { NANOS, type Estimate } from "../limits/state.ts";
import { recordedCall } from "./advance.ts";
import type { Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import { costOf } from "../prices/price.ts";
import { originOf } from "./sign.ts";
import { Tally } from "./tally.ts";
import { usageOf } from "./unseen.ts";
import type { Outbound, Recorded } from "./stages.ts";

/** From now on, `flight` must record the call's outcome. */
export async function record(line: Line, outbound: Outbound, flight: Flight): Promise<Recorded> {
  const { call, id, body } = outbound;
  const { exchange, delegation, target } = call;
  const { written, durable } = line.audit.intent({
    call: id,
    client: call.client.name,
    key: call.key.id,
    delegation: delegation.name,
    protocol: exchange.protocol.name,
    operation: target.operation,
    model: target.subject,
    modelArn: target.arn,
    region: target.region,
    account: delegation.account,
    project: target.project?.id ?? null,
    sessionName: call.session.sessionName,
    requestBytes: body.length,
    remote: exchange.remote,
    ...reservedOf(outbound.share),
    ...(delegation.recordContent ? { content: body.toString("utf8") } : {}),
  });
  await written;
  const tally = new Tally(id, exchange.startedAt, {
    clock: line.clock,
    write: (outcome) => close(line, outbound, outcome),
  });
  flight.tallies.push(tally);
  return recordedCall(outbound, durable, tally);
}

function reservedOf(share: Estimate | undefined): { reserved?: Reserved } {
  if (!share) return {};
  const { tokens, nanos } = share;
  return { reserved: { tokens, costUsd: nanos === undefined ? null : nanos / NANOS } };
}

/** Counts what the call used, then records how it ended. */
function close(line: Line, outbound: Outbound, outcome: Omit<Outcome, "cost">): void {
  const { call, share } = outbound;
  const { reservation, price } = call;
  const usage = usageOf(outbound, outcome);
  const usd = usage.source === "none" || !price ? undefined : costOf(usage, price);
  const tokens =
    usage.inputTokens + usage.outputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens;
  // If the price doesn't cover everything that was used, the reserved amount counts as spent.
  const nanos =
    usd === undefined ? (usage.source === "none" ? 0 : (share?.nanos ?? 0)) : Math.round(usd * NANOS);
  reservation.spend(tokens, nanos);
  const ended = { ...outcome, usage, cost: usd === undefined ? null : { usd, prices: line.prices.version } };
  line.audit.outcome(ended);
  line.observer?.ended(observed(line, outbound), ended);
}

function observed(line: Line, { id, call }: Outbound): ObservedCall {
  const { client, key, delegation, exchange, target, headers } = call;
  return {
    call: id,
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
