/** Sends a reply's events as server-sent events, with the reply's delays and failures. */
import { sleep } from "../clock.ts";
import { bedrockError } from "../errors.ts";
import type { AwsError } from "../errors.ts";
import type { Reply } from "../bedrock/reply.ts";
import { CutConnection } from "../wire.ts";
import type { Answer } from "../wire.ts";

export interface SseEvent {
  /** The `event:` line; null for an API that has none. */
  name: string | null;
  data: object;
}

export interface SseStream {
  events: SseEvent[];
  /** The last event of a stream that fails before its event number `index`. */
  failure: (error: AwsError, index: number) => SseEvent;
  /** The end of a complete stream; null if its last event is the end. */
  end: string | null;
}

const EVENTS_BEFORE_DAMAGE = 3;

export function sseAnswer(stream: SseStream, reply: Reply): Answer {
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return { status: 200, headers, body: pieces(stream, reply) };
}

async function* pieces(
  { events, failure, end }: SseStream,
  { delayMs, mishap }: Reply,
): AsyncGenerator<Uint8Array> {
  for (const [i, event] of events.entries()) {
    if (delayMs > 0) await sleep(delayMs);
    if (mishap?.kind === "exception" && i === mishap.afterEvents) {
      yield encode(failure(bedrockError(mishap.type, "The model's answer failed on the way."), i));
      return;
    }
    const bytes = encode(event);
    if (mishap?.kind === "cut" && i === EVENTS_BEFORE_DAMAGE) {
      yield bytes.subarray(0, bytes.length / 2);
      throw new CutConnection();
    }
    yield bytes;
  }
  if (end !== null) yield Buffer.from(`data: ${end}\n\n`);
}

function encode({ name, data }: SseEvent): Buffer {
  const head = name === null ? "" : `event: ${name}\n`;
  return Buffer.from(`${head}data: ${JSON.stringify(data)}\n\n`);
}
