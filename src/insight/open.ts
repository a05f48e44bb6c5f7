/** Opens the index: starts its thread, passes questions on, and starts it anew where it fails. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import { InsightError } from "./errors.ts";
import type { Question, Told, WorkerSettings } from "./messages.ts";
import type { IndexedCall, Insight } from "./types.ts";

export interface InsightOptions extends WorkerSettings {
  log: { warn(fields: Record<string, unknown>, message: string): void };
}

/** From source it is TypeScript, published it is JavaScript. */
const WORKER = new URL(`./worker${path.extname(import.meta.url)}`, import.meta.url);
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

type Asked = Question extends infer Each ? (Each extends Question ? Omit<Each, "id"> : never) : never;

interface Pending {
  resolve: (result: never) => void;
  reject: (error: InsightError) => void;
}

export function openInsight(options: InsightOptions): Insight {
  const thread = new Thread(options);
  return {
    overview: (query) => thread.ask({ method: "overview", query }),
    usage: (query) => thread.ask({ method: "usage", query }),
    calls: (query) => thread.ask({ method: "calls", query }),
    changes: (query) => thread.ask({ method: "changes", query }),
    spent: (query) => thread.ask({ method: "spent", query }),
    state: () => thread.ask({ method: "state", query: null }),
    follow(onCall) {
      thread.listeners.add(onCall);
      return { stop: () => void thread.listeners.delete(onCall) };
    },
    close: () => thread.close(),
  };
}

class Thread {
  readonly listeners = new Set<(call: IndexedCall) => void>();
  readonly #options: InsightOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #next = 0;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: InsightOptions) {
    this.#options = options;
    this.#start();
  }

  ask<T>(question: Asked): Promise<T> {
    const worker = this.#worker;
    if (!worker) return Promise.reject(unavailable());
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ ...question, id });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => void worker.once("exit", () => resolve()));
    worker.postMessage({ id: this.#next++, method: "close", query: null });
    await ended;
  }

  #start(): void {
    const { auditDir, file, log } = this.#options;
    const worker = new Worker(WORKER, {
      workerData: { auditDir, file } satisfies WorkerSettings,
      stdin: false,
    });
    let reason = "it ended";
    worker.on("message", (told: Told) => this.#take(told));
    worker.on("error", (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.once("exit", () => {
      this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(unavailable());
      this.#pending.clear();
      if (this.#closing) return;
      log.warn({ reason }, "the index of calls is not available; calls are served and recorded all the same");
      const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
      this.#retry = setTimeout(() => this.#start(), delay).unref();
    });
    this.#worker = worker;
  }

  #take(told: Told): void {
    if (told.kind === "calls") {
      for (const call of told.calls) for (const listener of this.listeners) listener(call);
      return;
    }
    this.#failures = 0;
    const pending = this.#pending.get(told.id);
    this.#pending.delete(told.id);
    if (told.kind === "answer") pending?.resolve(told.result as never);
    else pending?.reject(new InsightError(told.code, told.message));
  }
}

function unavailable(): InsightError {
  return new InsightError("unavailable", "the index of calls is being opened");
}
