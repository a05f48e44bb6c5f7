/** Code that the HTTP/1.1 and HTTP/2 sides of the listener share. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { Registry } from "../protocols/registry.ts";
import type { Exchange } from "./exchange.ts";

/** The listener's dependencies. */
export interface HttpParts {
  handler: (exchange: Exchange) => void;
  protocols: Registry;
  clock: Clock;
}

/** One version of HTTP, on connections that are passed to it. */
export interface HttpSide {
  accept(socket: Duplex): void;
  /** Ends idle connections, now and from now on. Called repeatedly while draining. */
  releaseIdle(): void;
  /** Stops its timers. */
  close(): void;
}

export function exchangeOf(
  request: Exchange["request"],
  response: Exchange["response"],
  { protocols, clock }: Pick<HttpParts, "protocols" | "clock">,
): Exchange {
  // A caller that leaves is detected by "close"; the error that comes with it adds nothing.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  const { url = "", headers } = request;
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  return {
    id: randomUUID(),
    request,
    response,
    protocol: protocols.protocolOf(path, { has: (name) => headers[name] !== undefined }),
    remote: request.socket.remoteAddress ?? "",
    startedAt: clock.monotonic(),
  };
}
