/** The index's thread as seen by the gateway: queried by messages, and restarted when it ends. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { InsightError } from "./errors.ts";
import type { Question, FromThread, ThreadData, ToThread } from "./messages.ts";
import type { IndexedCall } from "./types.ts";

const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 30_000;
/** A thread that has run this long is considered healthy. */
const WELL_AFTER_MS = 60_000;

export interface ThreadOptions {
  data: ThreadData;
  log: Pick<Log, "warn">;
  clock: Clock;
  onCalls: (calls: IndexedCall[]) => void;
}

export interface Thread {
  /** Rejects with InsightError. */
  ask(asked: Question): Promise<unknown>;
  follow(on: boolean): void;
  close(): Promise<void>;
}

export function startThread({ data, log, clock, onCalls }: ThreadOptions): Thread {
  // The thread keeps the process alive only while a question is pending.
  const pending = pendingQuestions(() => worker?.unref());
  let worker: Worker | undefined;
  let restart: Timer | undefined;
  let restarts = 0;
  let following = false;
  let closing: Promise<void> | undefined;

  const post = (message: ToThread) => worker?.postMessage(message);
  const receive = (message: FromThread) => {
    switch (message.type) {
      case "answer":
        return pending.take(message.id)?.resolve(message.answer);
      case "failure":
        return pending.take(message.id)?.reject(new InsightError(message.code, message.message));
      case "calls":
        onCalls(message.calls);
        return post({ type: "received" });
      case "trouble":
        return log.warn({ reason: message.message }, "index of calls: trouble");
      default: {
        const _: never = message;
        return _;
      }
    }
  };
  const ended = (startedAt: number) => {
    worker = undefined;
    pending.rejectAll();
    if (closing) return;
    if (clock.monotonic() - startedAt > WELL_AFTER_MS) restarts = 0;
    const delay = Math.min(LAST_RESTART_MS, FIRST_RESTART_MS * 2 ** restarts);
    restarts += 1;
    log.warn({ restartInMs: delay }, "index of calls: its thread ended");
    restart = clock.setTimeout(start, delay);
    restart.unref();
  };
  const start = () => {
    const startedAt = clock.monotonic();
    worker = newWorker(data);
    worker.on("message", receive);
    worker.on("error", (error) => log.warn({ reason: String(error) }, "index of calls: its thread failed"));
    worker.once("exit", () => ended(startedAt));
    worker.unref();
    if (following) post({ type: "follow", on: true });
  };
  const end = async () => {
    clock.clear(restart);
    if (!worker) return;
    const thread = worker;
    const exited = new Promise<void>((resolve) => void thread.once("exit", () => resolve()));
    thread.ref();
    post({ type: "close" });
    await exited;
  };
  start();

  return {
    ask(question) {
      if (!worker || closing) return Promise.reject(unavailable());
      const { id, answer } = pending.add();
      worker.ref();
      post({ type: "ask", id, asked: question });
      return answer;
    },
    follow(on) {
      following = on;
      post({ type: "follow", on });
    },
    close() {
      closing ??= end();
      return closing;
    },
  };
}

/** Unanswered questions. `onNone` is called when none is left. */
function pendingQuestions(onNone: () => void) {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  const take = (id: number) => {
    const question = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) onNone();
    return question;
  };
  return {
    add() {
      const question = Promise.withResolvers<unknown>();
      pending.set(++last, question);
      return { id: last, answer: question.promise };
    },
    take,
    rejectAll() {
      for (const id of pending.keys()) take(id)?.reject(unavailable());
    },
  };
}

/** The thread's file has this file's extension: `.ts` in the source, `.js` when published. */
function newWorker(data: ThreadData): Worker {
  const extension = path.extname(fileURLToPath(import.meta.url));
  // It needs nothing from the environment, which may hold secrets.
  return new Worker(new URL(`./worker${extension}`, import.meta.url), {
    workerData: data,
    env: {},
    execArgv: [],
  });
}

function unavailable(): InsightError {
  return new InsightError("unavailable", "The index of calls is being started again.");
}
