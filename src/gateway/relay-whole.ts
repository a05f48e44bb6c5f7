/** Answers that are read whole before they are translated: of one call to Bedrock, or of several side by side. */
import { SignetError } from "../core/errors.ts";
import { countsFromHeaders, countsFromJson } from "../bedrock/usage.ts";
import { jsonOf } from "../core/json.ts";
import { type Part, type Whole } from "../protocols/translation.ts";
import type { Flight } from "./flight.ts";
import type { Sent } from "./dispatch.ts";
import type { Line } from "./line.ts";
import { relayRefusal } from "./relay.ts";
import { translatedHead } from "../http/respond.ts";
import type { Credentialed } from "./types.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";

/** Calls of one request that run side by side. */
const SIDE_BY_SIDE = 8;
/** Bytes. More than any model says at once. */
const MAX_ANSWER = 64 * 1024 * 1024;

export async function relayWhole(
  line: Line,
  call: Credentialed,
  {
    whole,
    flight,
    send,
  }: { whole: Whole; flight: Flight; send: (body: Buffer, index: number) => Promise<Sent> },
): Promise<void> {
  const sent: Sent[] = [];
  const one = async (body: Buffer, index: number) => {
    const each = await send(body, index);
    sent.push(each);
    return partOf(each);
  };
  const [only] = call.outboundBodies;
  const single = only && call.outboundBodies.length === 1;
  const parts = single ? [await one(only, 0)] : await sideBySide(call.outboundBodies, one);
  for (const { forwarded } of sent) await forwarded.durable;
  if (flight.callerGone) return closeAll(sent, "client_gone");
  const refused = sent.find(({ forwarded }) => forwarded.refusal);
  if (refused?.forwarded.refusal) {
    relayRefusal(line, refused.forwarded, refused.tally);
    // The others were answered well, to nobody's use.
    return closeAll(sent, "ok");
  }
  const text = rendered(
    whole,
    parts.filter((part) => part !== undefined),
  );
  for (const { tally } of sent) {
    tally.firstByte();
    tally.status = 200;
  }
  sendWhole(call, text);
  closeAll(sent, "ok");
}

/** Closes those that are still open. */
function closeAll(sent: readonly Sent[], outcome: "ok" | "client_gone"): void {
  for (const { tally } of sent) tally.close(outcome);
}

/** The whole answer, counted; undefined for a refusal. Rejects where it broke off. */
export async function partOf({ forwarded, tally }: Sent): Promise<Part | undefined> {
  const { answer, head, delegation } = forwarded;
  if (!answer) return undefined;
  const body = await collect(answer, MAX_ANSWER);
  const part = { headers: head.headers, body, json: parsed(body) };
  tally.responseBytes = body.length;
  tally.reported(countsFromHeaders(head.headers) ?? countsFromJson(part.json));
  if (delegation.recordContent) tally.content = body.toString("utf8");
  return part;
}

/** Undefined for what isn't JSON: whoever renders it says so. */
function parsed(body: Buffer): unknown {
  try {
    return jsonOf(body);
  } catch {
    return undefined;
  }
}

function collect(answer: UpstreamAnswer, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.deliver({
      data(chunk) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > limit) answer.abort(new Error("the answer is too long"));
      },
      end() {
        const [first] = chunks;
        resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks, size));
      },
      error: reject,
    });
  });
}

function rendered(whole: Whole, parts: readonly Part[]): string {
  try {
    return whole.render(parts);
  } catch (cause) {
    if (cause instanceof SignetError) throw cause;
    throw new SignetError("upstream_invalid", "Bedrock's answer can't be understood.", { cause });
  }
}

function sendWhole({ exchange }: Credentialed, text: string): void {
  translatedHead(exchange, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  });
  // A string goes out together with the head: one write less.
  exchange.response.end(text);
}

/** Maps in order, a few at a time. Rejects with the first failure, once what had begun has ended. */
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
