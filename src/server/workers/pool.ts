/**
 * The worker processes of one gateway. Each accepts connections for itself and writes an audit chain of its own; the
 * primary counts limits for all, and replaces a worker that crashes.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import type { Audit, AuditStats, ChainHead } from "../../audit/types.ts";
import { pause, systemClock } from "../../core/clock.ts";
import type { GatewayState } from "../../observe/state.ts";
import type { Log } from "../../core/log.ts";
import type { Limiter } from "../../limits/limiter.ts";
import { counterFor, type Counter } from "./counter.ts";
import { WORKER_VARIABLE, type FromWorker, type ToWorker, type WorkerState } from "./messages.ts";

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
  /** Of all workers together. */
  state(): Pick<
    GatewayState,
    "running" | "placesTaken" | "placesWaiting" | "sessions" | "storeBehindMs" | "clockOffsetMs"
  >;
  /** The main chain and the workers'. */
  audit(): { available: boolean; stats: AuditStats };
  /** What each worker's registry holds, as prom-client gives it. */
  metrics(): Promise<object[][]>;
  /** Resolves once all have ended in good order, within so many seconds. May be called again to hurry. */
  close(seconds: number): Promise<void>;
}

const RESTART_MS = 1_000;
const ANCHOR_MS = 60_000;
/** A worker that doesn't answer in time is left out of one scrape. */
const METRICS_MS = 1_000;

interface Slot {
  number: number;
  worker: Worker;
  counter: Counter;
  state: WorkerState | undefined;
}

/** Rejects where a worker ends before it serves: what is wrong is in its log. */
export async function startWorkers(parts: PoolParts): Promise<Pool> {
  const { count, log } = parts;
  const slots = new Map<number, Slot>();
  const scrapes = new Map<number, (metrics: object[]) => void>();
  let scrape = 0;
  let closing = false;

  const replace = async (number: number) => {
    await pause(systemClock, RESTART_MS);
    if (!closing) await start(number).catch(() => undefined);
  };
  const start = (number: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const worker = cluster.fork({ [WORKER_VARIABLE]: number });
      const slot: Slot = { number, worker, counter: counterFor(parts.limiter), state: undefined };
      slots.set(number, slot);
      worker.on("message", (message: FromWorker) => {
        if (message.type === "serving") resolve(message.url);
        else if (message.type === "metrics") scrapes.get(message.id)?.(message.metrics);
        else void take(slot, message);
      });
      worker.once("exit", (status, signal) => {
        slot.counter.crashed();
        reject(new Error(`worker ${number} ended with ${signal ?? status} before it served`));
        if (closing) return;
        log.error({ worker: number, status, signal }, "a worker has ended: another takes its place");
        slots.delete(number);
        void replace(number);
      });
    });

  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Sessions without an end have an infinite one, which JSON has no word for.
  cluster.setupPrimary({ serialization: "advanced" });
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  const [url = ""] = await Promise.all(numbers.map(start)).catch((error: unknown) => {
    closing = true;
    for (const { worker } of slots.values()) worker.process.kill("SIGKILL");
    throw error;
  });
  const heads = () => statesOf(slots).map(({ head }) => head);
  const anchor = anchoring(parts.audit, heads);

  return {
    url,
    state: () => stateOf(statesOf(slots)),
    audit: () => auditOf(parts.audit, count, statesOf(slots)),
    async metrics() {
      const found = [...slots.values()].map(async ({ worker }) => {
        const id = ++scrape;
        const answer = new Promise<object[]>((resolve) => scrapes.set(id, resolve));
        tell(worker, { type: "metrics", id });
        const metrics = await Promise.race([answer, pause(systemClock, METRICS_MS, { unref: true })]);
        scrapes.delete(id);
        return metrics ?? [];
      });
      return Promise.all(found);
    },
    async close(seconds) {
      closing = true;
      const running = [...slots.values()].filter(({ worker }) => !worker.isDead());
      const ended = running.map(({ worker }) => once(worker, "exit"));
      for (const { worker } of running) tell(worker, { type: "close", seconds });
      await Promise.all(ended);
      anchor.stop();
    },
  };
}

/** Writes into the main chain how far the others have come, now, every minute and at the end. */
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

async function take(slot: Slot, message: FromWorker): Promise<void> {
  switch (message.type) {
    case "state":
      slot.state = message.state;
      return;
    case "hold":
      return tell(slot.worker, await slot.counter.hold(message));
    case "end":
      return slot.counter.end(message);
    case "used":
      return slot.counter.used(message);
    case "serving":
    case "metrics":
      return;
    default: {
      const _: never = message;
      return _;
    }
  }
}

/** A worker that is gone needs no answer. */
function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

function statesOf(slots: ReadonlyMap<number, Slot>): WorkerState[] {
  return [...slots.values()].flatMap(({ state }) => state ?? []);
}

function stateOf(states: WorkerState[]): ReturnType<Pool["state"]> {
  const sum = (of: (state: WorkerState) => number) => states.reduce((all, state) => all + of(state), 0);
  return {
    running: sum(({ running }) => running),
    placesTaken: sum(({ placesTaken }) => placesTaken),
    placesWaiting: sum(({ placesWaiting }) => placesWaiting),
    sessions: states.flatMap(({ sessions }) => sessions),
    storeBehindMs: Math.max(0, ...states.map(({ storeBehindMs }) => storeBehindMs)),
    clockOffsetMs: states.reduce(
      (most, { clockOffsetMs }) => (Math.abs(clockOffsetMs) > Math.abs(most) ? clockOffsetMs : most),
      0,
    ),
  };
}

function auditOf(main: Audit, count: number, states: WorkerState[]): ReturnType<Pool["audit"]> {
  const stats = main.stats();
  for (const { audit } of states) {
    stats.records += audit.records;
    stats.writes += audit.writes;
    stats.syncs += audit.syncs;
    stats.open += audit.open;
  }
  const available =
    main.available() && states.length === count && states.every(({ audit }) => audit.available);
  return { available, stats };
}
