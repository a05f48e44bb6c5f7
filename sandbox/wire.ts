/** A raw request and its answer, the same for HTTP/1.1 and h2c. */
export interface WireRequest {
  method: string;
  /** Path before the `?`, byte for byte as sent: SigV4 signs exactly this. */
  path: string;
  /** The query after the `?`, as sent; empty without one. */
  query: string;
  /** Lower-case names in order of arrival, repeated ones repeated. HTTP/2's `:authority` appears as `host`. */
  headers: [name: string, value: string][];
  /** Empty if there are `events`. */
  body: Buffer;
  /** The body of a request that goes on while it is answered. */
  events?: AsyncIterable<Buffer>;
  sourceIp: string;
  httpVersion: "1.1" | "2";
}

export type AnswerEnd = "complete" | "aborted" | "cut";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** An iterable is written piece by piece; if it throws `CutConnection`, the connection is destroyed there. */
  body: string | AsyncIterable<Uint8Array>;
  /** Called once, when the answer has ended: `aborted` means that the caller disconnected first. */
  ended?: (end: AnswerEnd) => void;
}

/** Thrown to destroy the caller's connection (HTTP/2: reset its stream) instead of answering on. */
export class CutConnection extends Error {
  constructor() {
    super("the connection is cut deliberately");
    this.name = "CutConnection";
  }
}

/** All values of a header, joined by commas as SigV4 does; undefined when absent. */
export function headerOf(request: WireRequest, name: string): string | undefined {
  const values = request.headers.filter(([each]) => each === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(",");
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
