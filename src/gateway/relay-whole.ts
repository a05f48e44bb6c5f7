/** Answers that are read whole before they are translated, from one call to Bedrock or several concurrent ones. */
import { responseHeaders } from "../bedrock/response.ts";
import { countsFromHeaders, countsFromJson } from "../bedrock/usage.ts";
import { SignetError } from "../core/errors.ts";
import { jsonOf } from "../core/json.ts";
import { translatedHead, writeHead } from "../http/respond.ts";
import type { Part, Whole } from "../protocols/translation.ts";
import { dispatch } from "./dispatch.ts";
import { brokenError, end, endRefused } from "./ending.ts";
import type { Flight } from "./flight.ts";
import type { Line } from "./line.ts";
import { isRefused, type Credentialed, type Forwarded } from "./stages.ts";

/** Concurrent calls of one request. */
const SIDE_BY_SIDE = 8;
/** Bytes. More than any model's answer. */
const MAX_ANSWER = 64 * 1024 * 1024;

/** Sends the calls that the request has become, and answers it once all of Bedrock's answers have arrived. */
export async function relayWhole(
  line: Line,
  call: Credentialed,
  { whole, flight }: { whole: Whole; flight: Flight },
): Promise<void> {
  const sent: Forwarded[] = [];
  const one = async (body: Buffer, number?: number) => {
    const outbound = await dispatch(line, call, { body, number, flight });
    sent.push(outbound);
    return partOf(outbound);
  };
  const [only, ...others] = call.outboundBodies;
  const parts =
    only && others.length === 0
      ? [await one(only)]
      : await sideBySide(call.outboundBodies, (body, index) => one(body, index + 1));
  for (const { durable } of sent) await durable;
  const refused = sent.find(isRefused);
  const other = refused && whole.refused?.(refused.refusal);
  if (other) throw other;
  if (!flight.callerGone) {
    if (refused) endRefused(line, refused, flight);
    else sendWhole(sent, call, rendered(whole, parts));
  }
  // If one was refused, the others still ended well.
  for (const outbound of sent) end(line, outbound, flight, { kind: "complete" });
}

/** The whole answer, counted; undefined for a refusal. Rejects if it broke off. */
export async function partOf(outbound: Forwarded): Promise<Part | undefined> {
  const { answer, head, refusal, tally } = outbound;
  if (refusal) return undefined;
  const { body, complete } = await answer.collect(MAX_ANSWER).catch((cause: unknown) => {
    throw brokenError(cause);
  });
  if (!complete) throw new SignetError("upstream_invalid", "Bedrock's answer is too long.");
  const part = { headers: head.headers, body, json: parsed(body) };
  tally.responseBytes = body.length;
  tally.reported(countsFromHeaders(head.headers) ?? countsFromJson(part.json));
  if (outbound.call.delegation.recordContent) tally.content = body.toString("utf8");
  return part;
}

/** Undefined if it isn't JSON: rendering it then fails with the reason. */
function parsed(body: Buffer): unknown {
  try {
    return jsonOf(body);
  } catch {
    return undefined;
  }
}

function rendered(whole: Whole, parts: readonly (Part | undefined)[]): string {
  try {
    return whole.render(parts.filter((part) => part !== undefined));
  } catch (cause) {
    if (cause instanceof SignetError) throw cause;
    throw new SignetError("upstream_invalid", "Bedrock's answer can't be parsed.", { cause });
  }
}

function sendWhole(sent: readonly Forwarded[], { exchange, asked }: Credentialed, text: string): void {
  for (const { tally } of sent) {
    tally.firstByte();
    tally.status = 200;
  }
  const length = { "content-length": String(Buffer.byteLength(text)) };
  if (asked) translatedHead(exchange, { "content-type": "application/json", ...length });
  else writeHead(exchange, 200, { ...responseHeaders(sent[0]?.head.headers ?? {}), ...length });
  // A string is sent together with the head: one write less.
  exchange.response.end(text);
}

/** Maps in order, a few at a time. Rejects with the first failure, once everything started has ended. */
async function sideBySide<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
