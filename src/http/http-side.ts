/** What the two HTTP sides of the listener share. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { Registry } from "../protocols/registry.ts";
import type { Exchange } from "./exchange.ts";

/** What the listener works with. */
export interface HttpParts {
  handler: (exchange: Exchange) => void;
  protocols: Registry;
  clock: Clock;
}

/** One version of HTTP, on connections that are handed to it. */
export interface HttpSide {
  accept(socket: Duplex): void;
  /** From now on, ends connections as soon as nothing runs on them. Called again and again while draining. */
  releaseIdle(): void;
  /** Stops what it does on its own. */
  close(): void;
}

export function exchangeOf(
  request: Exchange["request"],
  response: Exchange["response"],
  { protocols, clock }: Pick<HttpParts, "protocols" | "clock">,
): Exchange {
  // A caller that leaves is noticed by "close"; the error that comes with it has nothing to add.
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
