/**
 * A request to Bedrock whose body is a stream that goes on while the answer arrives: HTTP/2 on a connection of its own,
 * which lives as long as the call.
 */
import http2, { constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { once } from "node:events";
import tls from "node:tls";
import type { Clock } from "../core/clock.ts";
import type { ProxyFor } from "../proxy/proxy.ts";
import { openTunnel } from "../proxy/tunnel.ts";
import { UpstreamAnswer, UpstreamTimeout, type UpstreamRequest } from "./upstream.ts";

export interface BidirectionalCall {
  readonly answer: UpstreamAnswer;
  /** False if no more should be written until `onDrain` is called. */
  write(bytes: Buffer): boolean;
  end(): void;
  onDrain(resume: () => void): void;
}

/** Opens a call; the connection is made by then or later. */
export type OpenBidirectional = (request: Omit<UpstreamRequest, "body">) => BidirectionalCall;

interface Surroundings {
  connectMs: number;
  clock: Clock;
  proxies: ProxyFor | undefined;
}

export function openBidirectional(
  request: Omit<UpstreamRequest, "body">,
  { connectMs, clock, proxies }: Surroundings,
): BidirectionalCall {
  const { firstByteMs, idleMs } = request;
  const answer = new UpstreamAnswer({ firstByteMs, idleMs, now: clock.monotonic() });
  const events = new Events();
  let session: ClientHttp2Session | undefined;
  let aborted: Error | undefined;
  const flow = {
    pause: () => void events.stream?.pause(),
    resume: () => void events.stream?.resume(),
    abort(reason: Error) {
      aborted = reason;
      // First: closing has errors of its own.
      answer.onResponseError(flow, reason);
      events.stream?.close(constants.NGHTTP2_CANCEL);
      session?.destroy();
    },
  };
  answer.onRequestStart(flow);
  const start = async () => {
    session = await connected(request.origin, { connectMs, clock, proxies });
    session.on("error", (error) => answer.onResponseError(flow, error));
    if (aborted) return session.destroy();
    const stream = session.request(headersOf(request), { endStream: false });
    stream.once("close", () => session?.close());
    answerFrom(stream, answer, flow);
    events.flowTo(stream);
  };
  start().catch((error: unknown) => answer.onResponseError(flow, error as Error));
  return { answer, ...events.methods };
}

/** What goes to Bedrock, held back until there is a stream. */
class Events {
  stream: ClientHttp2Stream | undefined;
  readonly #early: Buffer[] = [];
  #isEnded = false;
  #onDrain: () => void = () => undefined;

  readonly methods: Omit<BidirectionalCall, "answer"> = {
    write: (bytes) => {
      if (this.stream) return this.stream.destroyed || this.stream.write(bytes);
      this.#early.push(bytes);
      return false;
    },
    end: () => {
      this.#isEnded = true;
      this.stream?.end();
    },
    onDrain: (resume) => {
      this.#onDrain = resume;
    },
  };

  flowTo(stream: ClientHttp2Stream): void {
    this.stream = stream;
    for (const bytes of this.#early.splice(0)) stream.write(bytes);
    if (this.#isEnded) stream.end();
    stream.on("drain", () => this.#onDrain());
    if (!stream.writableNeedDrain) this.#onDrain();
  }
}

/** Rejects with the network's error, or UpstreamTimeout. */
async function connected(
  origin: string,
  { connectMs, clock, proxies }: Surroundings,
): Promise<ClientHttp2Session> {
  const { hostname, port, protocol } = new URL(origin);
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || 443 };
  const proxy = protocol === "https:" ? proxies?.(target.host, target.port) : undefined;
  const socket = proxy && (await openTunnel(proxy, target, connectMs));
  const session = http2.connect(
    origin,
    socket && {
      createConnection: () => tls.connect({ socket, servername: target.host, ALPNProtocols: ["h2"] }),
    },
  );
  // Whoever waits hears of the first; an error that nobody hears of would end the process.
  session.on("error", () => undefined);
  const timer = clock.setTimeout(() => session.destroy(new UpstreamTimeout()), connectMs);
  try {
    await once(session, "connect");
    return session;
  } finally {
    clock.clear(timer);
  }
}

function headersOf({ method, path, headers }: Omit<UpstreamRequest, "body">): Record<string, string> {
  const found: Record<string, string> = { ":method": method, ":path": path };
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? "";
    // The same header in HTTP/2, also to whoever verifies the signature.
    found[name === "host" ? ":authority" : name] = headers[i + 1] ?? "";
  }
  return found;
}

function answerFrom(
  stream: ClientHttp2Stream,
  answer: UpstreamAnswer,
  flow: Parameters<UpstreamAnswer["onRequestStart"]>[0],
): void {
  stream.on("response", (headers) => {
    const { ":status": status = 0, ...rest } = headers;
    const named = Object.entries(rest).filter(([name]) => !name.startsWith(":"));
    answer.onResponseStart(flow, status, Object.fromEntries(named));
  });
  stream.on("data", (chunk: Buffer) => answer.onResponseData(flow, chunk));
  stream.on("error", (error) => answer.onResponseError(flow, error));
  stream.on("aborted", () => answer.onResponseError(flow, new Error("Bedrock reset the stream")));
  stream.on("end", () => {
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    answer.onResponseEnd();
    // Nothing that the caller still says is heard.
    stream.close();
  });
  stream.on("close", () => answer.onResponseError(flow, new Error("the stream to Bedrock has closed")));
}
