/** Opens the index of calls. All of its work happens on a separate thread. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { questionsBy } from "./messages.ts";
import { startThread } from "./thread.ts";
import type { IndexedCall, Insight } from "./types.ts";

export interface InsightOptions {
  /** The audit log's folder. */
  auditDir: string;
  /** The index's file, created if missing (mode 0600), and rebuilt if it belongs to another log. */
  file: string;
  log: Pick<Log, "warn">;
  clock: Clock;
}

/** Never throws: failures are logged and retried. */
export function openInsight({ auditDir, file, log, clock }: InsightOptions): Insight {
  const listeners = new Set<(call: IndexedCall) => void>();
  const thread = startThread({
    data: { auditDir, file },
    log,
    clock,
    onCalls(calls) {
      for (const call of calls) for (const listener of listeners) pass(call, listener, log);
    },
  });
  return {
    ...questionsBy((asked) => thread.ask(asked)),
    follow(onCall) {
      // A new function, so that one function can follow twice.
      const listener = (call: IndexedCall) => onCall(call);
      listeners.add(listener);
      thread.follow(true);
      return {
        stop() {
          listeners.delete(listener);
          thread.follow(listeners.size > 0);
        },
      };
    },
    close: () => thread.close(),
  };
}

/** A failing listener doesn't affect the others. */
function pass(call: IndexedCall, listener: (call: IndexedCall) => void, log: Pick<Log, "warn">): void {
  try {
    listener(call);
  } catch (error) {
    log.warn({ reason: String(error) }, "index of calls: a follower failed");
  }
}
