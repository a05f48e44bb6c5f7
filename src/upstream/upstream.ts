/**
 * One request to Bedrock and its answer, on undici's raw dispatch: the path and headers go out exactly as signed, the
 * answer comes in as bytes. What arrives before there is a sink is kept, and the socket is paused beyond a bound.
 */
import { Pool, type Dispatcher } from "undici";
import { Chunks } from "../core/chunks.ts";
import type { Clock } from "../core/clock.ts";
import { connectorFor } from "../proxy/clients.ts";
import type { ProxyFor } from "../proxy/proxy.ts";

export interface UpstreamHead {
  readonly status: number;
  /** Lower-case names; the first value if one is repeated. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Receives the body of an answer. Exactly one of `end` and `error` is called, once. */
export interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  error(error: Error): void;
}

export interface UpstreamRequest {
  origin: string;
  method: "GET" | "POST";
  /** Path and query, exactly as on the wire. */
  path: string;
  /** Names and values in turn. */
  headers: string[];
  body: Buffer;
  firstByteMs: number;
  idleMs: number;
}

export interface Upstream {
  send(request: UpstreamRequest): UpstreamAnswer;
  close(): Promise<void>;
}

/** Bytes of a body that are kept before there is a sink. */
export const EARLY_LIMIT = 64 * 1024;
const KEEP_ALIVE_MS = 20_000;

/** Bedrock has been silent for too long. */
export class UpstreamTimeout extends Error {
  constructor() {
    super("Bedrock has been silent for too long");
    this.name = "UpstreamTimeout";
  }
}

export function createUpstream(connectMs: number, clock: Clock, proxies?: ProxyFor): Upstream {
  const connect = connectorFor(proxies, connectMs);
  const pools = new Map<string, Pool>();
  const poolFor = (origin: string): Pool => {
    const known = pools.get(origin);
    if (known) return known;
    // HTTP/1.1 only: undici's HTTP/2 costs several times as much for unary and server-streamed calls.
    const pool = new Pool(origin, {
      allowH2: false,
      pipelining: 1,
      connect,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    pools.set(origin, pool);
    return pool;
  };
  return {
    send({ origin, method, path, headers, body, firstByteMs, idleMs }) {
      const answer = new UpstreamAnswer({ firstByteMs, idleMs, now: clock.monotonic() });
      const sent = method === "GET" ? null : body;
      // undici's own timers, two per call, outlive it by a second and cost more than the rest of it: see
      // `refuseSilence`.
      poolFor(origin).dispatch(
        { method, path, headers, body: sent, headersTimeout: 0, bodyTimeout: 0 },
        answer,
      );
      return answer;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** Of the connection that an answer arrives on. */
type Flow = Pick<Dispatcher.DispatchController, "pause" | "resume" | "abort">;

export class UpstreamAnswer implements Dispatcher.DispatchHandler {
  /** Settles when the status and headers have arrived. Rejects with undici's error, or the reason given to `abort`. */
  readonly head: Promise<UpstreamHead>;
  #resolve: (head: UpstreamHead) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #controller: Flow | undefined;
  #aborted: Error | undefined;
  #sink: Sink | undefined;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #wanted: { bytes: number; resolve: (early: Buffer) => void } | undefined;
  #finished: { error?: Error } | undefined;
  readonly #patience: { firstByteMs: number; idleMs: number };
  /** Monotonic milliseconds: nothing has arrived since then, as of the last check. */
  #silentSince: number;
  /** Whether anything has arrived since the last check. */
  #heard = false;
  #answered = false;
  #paused = false;

  /** `now`: monotonic milliseconds, like the two limits. */
  constructor({ now, ...patience }: { firstByteMs: number; idleMs: number; now: number }) {
    this.#patience = patience;
    this.#silentSince = now;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.head.catch(() => undefined);
  }

  /** Starts delivery to `sink`: first what arrived early, then each chunk as it arrives. */
  deliver(sink: Sink): void {
    const early = this.#early;
    this.#early = [];
    this.#sink = sink;
    for (const chunk of early) sink.data(chunk);
    if (this.#finished) this.#settle(this.#finished);
    else this.resume();
  }

  /**
   * The body's first bytes, before it is delivered: settles once that many (at most `EARLY_LIMIT`) have arrived, or
   * with fewer if the body ends or fails first.
   */
  early(bytes: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#wanted = { bytes: Math.min(bytes, EARLY_LIMIT), resolve };
      this.#giveEarly();
    });
  }

  #giveEarly(): void {
    const wanted = this.#wanted;
    if (!wanted || (this.#earlyBytes < wanted.bytes && !this.#finished)) return;
    this.#wanted = undefined;
    const [first] = this.#early;
    if (first === undefined || this.#early.length > 1) this.#early = [Buffer.concat(this.#early)];
    wanted.resolve(this.#early[0] ?? Buffer.alloc(0));
  }

  /** The whole body, or with `complete` false as much as the limit (bytes) allows. Rejects if it breaks off. */
  collect(limit: number): Promise<{ body: Buffer; complete: boolean }> {
    return new Promise((resolve, reject) => {
      const chunks = new Chunks(limit);
      this.deliver({
        data: (chunk) => {
          if (chunks.add(chunk)) return;
          resolve({ body: chunks.whole(), complete: false });
          this.abort(new Error("the answer is too long"));
        },
        end: () => resolve({ body: chunks.whole(), complete: true }),
        error: reject,
      });
    });
  }

  /** Whether the whole body has arrived, so that it can go out in one write. */
  get complete(): boolean {
    return this.#finished !== undefined && this.#finished.error === undefined;
  }

  pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heard = true;
    this.#controller?.resume();
  }

  /** Gives up if nothing has arrived for too long, unless the socket is paused. `now`: monotonic milliseconds. */
  refuseSilence(now: number): void {
    const { firstByteMs, idleMs } = this.#patience;
    if (this.#heard || this.#paused) {
      this.#heard = false;
      this.#silentSince = now;
    } else if (now - this.#silentSince >= (this.#answered ? idleMs : firstByteMs)) {
      this.abort(new UpstreamTimeout());
    }
  }

  abort(reason: Error): void {
    if (this.#aborted || this.#finished) return;
    this.#aborted = reason;
    if (this.#controller) this.#controller.abort(reason);
    else this.#fail(reason);
  }

  onRequestStart(controller: Flow): void {
    if (this.#aborted) controller.abort(this.#aborted);
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Flow,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#heard = true;
    this.#answered = true;
    const flat: Record<string, string> = Object.create(null);
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) flat[name] = Array.isArray(value) ? (value[0] ?? "") : value;
    }
    this.#resolve({ status, headers: flat });
  }

  onResponseData(_controller: Flow, chunk: Buffer): void {
    this.#heard = true;
    if (this.#sink) {
      this.#sink.data(chunk);
      return;
    }
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > EARLY_LIMIT) this.pause();
    this.#giveEarly();
  }

  onResponseEnd(): void {
    this.#finish({});
  }

  onResponseError(_controller: Flow, error: Error): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    this.#reject(error);
    this.#finish({ error });
  }

  #finish(how: { error?: Error }): void {
    if (this.#finished) return;
    this.#finished = how;
    this.#giveEarly();
    if (this.#sink) this.#settle(how);
  }

  #settle({ error }: { error?: Error }): void {
    const sink = this.#sink;
    if (error) sink?.error(error);
    else sink?.end();
  }
}
