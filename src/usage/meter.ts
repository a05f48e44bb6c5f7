/**
 * Inspects an answer as it passes: how many tokens it used, and whether it is complete. Frames of a stream are walked
 * and checked; a payload is read only if it holds the usage (or content is to be recorded).
 */
import { FrameWalker } from "../eventstream/walk.ts";
import {
  countsFromBody,
  countsFromChunks,
  countsFromHeaders,
  countsFromMetadata,
  countsFromUsageEvent,
  withWritten,
  type TokenCounts,
} from "../bedrock/usage.ts";

/** What a stream carried instead of its end. */
export interface Exception {
  /** e.g. `throttlingException` */
  name: string;
  payload: Uint8Array;
}

export interface Meter {
  /** Takes a chunk before it is relayed. Throws FrameError for a damaged frame. */
  push(chunk: Buffer): void;
  /** After the last chunk: whether something is missing. */
  truncated(): boolean;
  counts(): TokenCounts | undefined;
  /** Events seen in a stream so far: about one for each token. */
  events(): number;
  readonly exception: Exception | undefined;
  /** The completion as text, if it is to be recorded. */
  content(): unknown;
}

/** A larger unary answer is relayed without looking for usage in it. */
const MAX_READ = 4 * 1024 * 1024;
/** Bytes. Most events of a conversation are speech, and larger. */
const MAX_USAGE_EVENT = 4096;

/** Counts are in the headers, otherwise in the JSON body; how long written tokens are cached is in the body only. */
export function unaryMeter(headers: Readonly<Record<string, string>>, recordContent: boolean): Meter {
  const known = countsFromHeaders(headers);
  const keep = recordContent || known === undefined || known.cacheWriteInputTokens > 0;
  const chunks: Buffer[] = [];
  let size = 0;
  const body = () => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  return {
    push(chunk) {
      size += chunk.length;
      if (keep && size <= MAX_READ) chunks.push(chunk);
    },
    truncated: () => false,
    counts() {
      if (size > MAX_READ || !keep) return known;
      return known ? withWritten(known, body()) : countsFromBody(body());
    },
    events: () => 0,
    exception: undefined,
    content: () => (recordContent && size <= MAX_READ ? body().toString("utf8") : undefined),
  };
}

/** Counts are in events of their own, and a conversation may end before anything is said. Its content isn't kept. */
export function bidirectionalMeter(): Meter {
  let counts: TokenCounts | undefined;
  const read = (_type: string, payload: Uint8Array) => {
    if (payload.length <= MAX_USAGE_EVENT) counts = countsFromUsageEvent(payload) ?? counts;
  };
  return Object.assign(streamMeter(false, read, true), { counts: () => counts });
}

/** `onEvent` gets each event, in order; exceptions are not events. */
export function streamMeter(
  recordContent: boolean,
  onEvent?: (type: string, payload: Uint8Array) => void,
  mayBeEmpty = false,
): Meter {
  let counts: TokenCounts | undefined;
  let events = 0;
  let stopped = false;
  let converse = false;
  let firstChunk: Uint8Array | undefined;
  let lastChunk: Uint8Array | undefined;
  let exception: Exception | undefined;
  const content: string[] = [];
  const walker = new FrameWalker((frame) => {
    if (recordContent) content.push(Buffer.from(frame.payload).toString("utf8"));
    if (frame.messageType === "exception") {
      exception = { name: frame.exceptionType, payload: Uint8Array.from(frame.payload) };
    } else if (frame.messageType === "error") {
      const payload = Buffer.from(JSON.stringify({ message: frame.errorMessage }));
      exception = { name: frame.errorCode, payload };
    } else {
      events++;
      converse ||= frame.eventType === "messageStart";
      stopped ||= frame.eventType === "messageStop";
      if (frame.eventType === "metadata") counts = countsFromMetadata(frame.payload);
      else if (frame.eventType === "chunk") {
        firstChunk ??= frame.payload;
        lastChunk = frame.payload;
      }
      onEvent?.(frame.eventType, frame.payload);
    }
  });
  return {
    push: (chunk) => walker.push(chunk),
    truncated() {
      try {
        walker.end();
      } catch {
        return true;
      }
      // Complete frames, but no end: ConverseStream always sends messageStop (or an exception).
      return exception === undefined && ((events === 0 && !mayBeEmpty) || (converse && !stopped));
    },
    counts: () => counts ?? (firstChunk && lastChunk && countsFromChunks(firstChunk, lastChunk)),
    events: () => events,
    get exception() {
      return exception;
    },
    content: () => (recordContent ? content : undefined),
  };
}
