/** A worker's side: reports its status to the primary and obeys it. */
import type { Audit } from "../../audit/types.ts";
import { systemClock } from "../../core/clock.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { FromWorker, ToWorker, WorkerStatus } from "./messages.ts";
import { remoteLimiting, type RemoteLimiting } from "./remote-limiting.ts";

const STATUS_MS = 1_000;

export interface WorkerParts {
  /** Name of this worker's chain. */
  chain: string;
  audit: Audit;
  gateway: Gateway;
  limiting: RemoteLimiting;
  /** This worker's metrics. */
  metrics: () => Promise<object[]>;
}

/** Must be created before the gateway, which uses it. */
export function limitingOfPrimary(): RemoteLimiting {
  const limiting = remoteLimiting(send, systemClock);
  process.on("message", (message: ToWorker) => {
    if (message.type === "held") limiting.held(message);
  });
  return limiting;
}

/** Serves until the primary asks to close; resolves once the last call has ended. */
export async function obeyPrimary(parts: WorkerParts): Promise<void> {
  const { gateway, limiting } = parts;
  const ended = Promise.withResolvers<void>();
  process.on("message", (message: ToWorker) => {
    if (message.type === "metrics")
      void parts.metrics().then((metrics) => send({ type: "metrics", id: message.id, metrics }));
    if (message.type === "close") gateway.close(message.seconds).then(ended.resolve, ended.reject);
  });
  const report = () => send({ type: "status", status: statusOf(parts) });
  report();
  send({ type: "serving", url: gateway.url });
  const timer = systemClock.setInterval(report, STATUS_MS);
  await ended.promise;
  systemClock.clear(timer);
  limiting.flush();
}

/** The chain's last record is only known once the log is closed. */
export function reportEnd(parts: WorkerParts): Promise<void> {
  return new Promise((resolve) => {
    process.send?.({ type: "status", status: statusOf(parts) } satisfies FromWorker, () => resolve());
  });
}

function statusOf({ chain, audit, gateway }: WorkerParts): WorkerStatus {
  return {
    ...gateway.status(),
    head: { name: chain, ...audit.head() },
  };
}

/** If the primary is gone, this process ends, too. */
function send(message: FromWorker): void {
  if (process.connected) process.send?.(message, () => undefined);
}
