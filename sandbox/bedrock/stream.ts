/** Sends a reply's events as frames, with the reply's delays and failures. */
import { sleep } from "../clock.ts";
import { CutConnection } from "../wire.ts";
import type { Answer } from "../wire.ts";
import { eventFrame, exceptionFrame } from "./eventstream.ts";
import type { Reply } from "./reply.ts";

export interface StreamEvent {
  /** `:event-type`, e.g. `contentBlockDelta` or `chunk`. */
  type: string;
  payload: object;
}

const EVENTS_BEFORE_DAMAGE = 3;

export function streamAnswer(
  events: StreamEvent[],
  reply: Reply,
  headers: Record<string, string> = {},
): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream", ...headers },
    body: frames(events, reply),
  };
}

async function* frames(events: StreamEvent[], { delayMs, mishap }: Reply): AsyncGenerator<Uint8Array> {
  for (const [i, { type, payload }] of events.entries()) {
    if (delayMs > 0) await sleep(delayMs);
    if (mishap?.kind === "exception" && i === mishap.afterEvents) {
      yield exceptionFrame(mishap.type, "The model's answer failed on the way.");
      return;
    }
    const frame = eventFrame(type, payload);
    if (mishap?.kind === "cut" && i === EVENTS_BEFORE_DAMAGE) {
      yield frame.subarray(0, frame.length / 2);
      throw new CutConnection();
    }
    if (mishap?.kind === "bad-crc" && i === EVENTS_BEFORE_DAMAGE) {
      frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 0xff;
    }
    yield frame;
  }
}
