/** What the two HTTP sides of the listener share. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "./exchange.ts";

export type Handler = (exchange: Exchange) => void;

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
  clock: Clock,
): Exchange {
  // A caller that leaves is noticed by "close"; the error that comes with it has nothing to add.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  return {
    id: randomUUID(),
    request,
    response,
    remote: request.socket.remoteAddress ?? "",
    startedAt: clock.monotonic(),
  };
}
