/**
 * The worker processes of one gateway. Each accepts connections for itself and writes an audit chain of its own; the
 * primary counts limits for all, and replaces a worker that crashes.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Audit, ChainHead } from "../../audit/types.ts";
import { pause, systemClock } from "../../core/clock.ts";
import { ExpectedError } from "../../core/expected-error.ts";
import type { Log } from "../../core/log.ts";
import type { Limiter } from "../../limits/limiter.ts";
import { auditStatus, combinedStatus, type GatewayStatus } from "../../observe/gateway-status.ts";
import { counterFor, type Counter } from "./counter.ts";
import { WORKER_VARIABLE, type FromWorker, type ToWorker, type WorkerStatus } from "./messages.ts";

export interface PoolParts {
  count: number;
  limiter: Limiter;
  /** The main chain: it records how far the workers' have come. */
  audit: Audit;
  log: Log;
}

export interface Pool {
  /** Where all of them serve. */
  url: string;
  /** Of all workers together, and of the main chain. */
  status(): GatewayStatus;
  /** The metrics of each worker's registry, in prom-client's form. */
  metrics(): Promise<object[][]>;
  /** Resolves once all have shut down gracefully, within that many seconds. May be called again to shorten the wait. */
  close(seconds: number): Promise<void>;
}

const RESTART_MS = 1_000;
const ANCHOR_MS = 60_000;
/** A worker that doesn't answer in time is omitted from one scrape. */
const METRICS_MS = 1_000;

interface Slot {
  worker: Worker;
  counter: Counter;
  status: WorkerStatus | undefined;
  /** Scrapes that this worker has yet to answer, by id. */
  scrapes: Map<number, (metrics: object[]) => void>;
}

interface Workers extends Pick<PoolParts, "limiter" | "log"> {
  /** By the worker's number. */
  slots: Map<number, Slot>;
  /** While they are being closed: the seconds that they have for it. */
  closing: number | undefined;
}

/** Rejects if a worker ends before it serves: its log has the reason. */
export async function startWorkers({ count, limiter, audit, log }: PoolParts): Promise<Pool> {
  const workers: Workers = { limiter, log, slots: new Map(), closing: undefined };
  const { slots } = workers;
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Sessions without an expiry have an infinite one, which JSON can't represent.
  cluster.setupPrimary({ serialization: "advanced" });
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const started = Promise.all(numbers.map((number) => startWorker(workers, number)));
  const [url = ""] = await started.catch((error: unknown) => {
    workers.closing = 0;
    for (const { worker } of slots.values()) worker.process.kill("SIGKILL");
    throw error;
  });
  const statuses = () => [...slots.values()].flatMap(({ status }) => status ?? []);
  const anchor = anchoring(audit, () => statuses().map(({ head }) => head));
  let scrape = 0;

  return {
    url,
    status() {
      const known = statuses();
      const status = combinedStatus(known, auditStatus(audit));
      status.audit.available &&= known.length === count;
      return status;
    },
    async metrics() {
      const id = ++scrape;
      return Promise.all([...slots.values()].map((slot) => metricsOf(slot, id)));
    },
    async close(seconds) {
      workers.closing = seconds;
      const running = [...slots.values()].filter(({ worker }) => !worker.isDead());
      const ended = running.map(({ worker }) => once(worker, "exit"));
      for (const { worker } of running) send(worker, { type: "close", seconds });
      await Promise.all(ended);
      anchor.stop();
    },
  };
}

/** Resolves to its URL. A worker that crashes later is replaced. */
function startWorker(workers: Workers, number: number): Promise<string> {
  const { limiter, log, slots } = workers;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const worker = cluster.fork({ [WORKER_VARIABLE]: number });
  const slot: Slot = { worker, counter: counterFor(limiter), status: undefined, scrapes: new Map() };
  slots.set(number, slot);
  worker.on("message", (message: FromWorker) => {
    if (message.type !== "serving") {
      void take(slot, message);
      return;
    }
    resolve(message.url);
    // It was asked while it was starting, when it didn't listen yet.
    if (workers.closing !== undefined) send(worker, { type: "close", seconds: workers.closing });
  });
  worker.once("exit", (status, signal) => {
    slot.counter.crashed();
    reject(new ExpectedError(`worker ${number} ended with ${signal ?? status} before it served`));
    if (workers.closing !== undefined) return;
    log.error({ worker: number, status, signal }, "a worker has ended: another replaces it");
    slots.delete(number);
    void replace(workers, number);
  });
  return promise;
}

async function replace(workers: Workers, number: number): Promise<void> {
  await pause(systemClock, RESTART_MS);
  // A worker that fails to start is logged when it ends, and replaced again.
  if (workers.closing === undefined) await startWorker(workers, number).catch(() => undefined);
}

async function metricsOf({ worker, scrapes }: Slot, id: number): Promise<object[]> {
  const { promise, resolve } = Promise.withResolvers<object[]>();
  scrapes.set(id, resolve);
  const timer = systemClock.setTimeout(() => resolve([]), METRICS_MS);
  send(worker, { type: "metrics", id });
  const metrics = await promise;
  systemClock.clear(timer);
  scrapes.delete(id);
  return metrics;
}

/** Records in the main chain how far the others have come: now, every minute and at the end. */
function anchoring(audit: Audit, heads: () => ChainHead[]): { stop(): void } {
  const known = new Map<string, number>();
  const write = () => {
    const moved = heads().filter(({ name, seq }) => seq > (known.get(name) ?? 0));
    for (const { name, seq } of moved) known.set(name, seq);
    audit.chains(moved);
  };
  write();
  const timer = systemClock.setInterval(write, ANCHOR_MS).unref();
  return {
    stop() {
      systemClock.clear(timer);
      write();
    },
  };
}

async function take(slot: Slot, message: Exclude<FromWorker, { type: "serving" }>): Promise<void> {
  switch (message.type) {
    case "status":
      slot.status = message.status;
      return;
    case "hold":
      return send(slot.worker, await slot.counter.hold(message));
    case "end":
      return slot.counter.end(message);
    case "used":
      return slot.counter.used(message);
    case "metrics":
      return slot.scrapes.get(message.id)?.(message.metrics);
    default: {
      const _: never = message;
      return _;
    }
  }
}

/** A worker that is gone needs no answer. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
