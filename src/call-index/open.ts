/** Opens the index of calls. All of its work happens on a thread of its own. */
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { questionsBy } from "./messages.ts";
import { startThread } from "./thread.ts";
import type { IndexedCall, Insight } from "./types.ts";

export interface InsightOptions {
  /** The audit log's folder. */
  auditDir: string;
  /** The index's own file, made if missing (mode 0600), and made anew where it belongs to another log. */
  file: string;
  log: Pick<Log, "warn">;
  clock: Clock;
}

/** Never throws: what keeps the index from being read goes to the log, and is tried again. */
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
      // Of its own, so that one function can follow twice.
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

/** A listener that fails is its own problem: no other misses the call. */
function pass(call: IndexedCall, listener: (call: IndexedCall) => void, log: Pick<Log, "warn">): void {
  try {
    listener(call);
  } catch (error) {
    log.warn({ reason: String(error) }, "index of calls: a follower failed");
  }
}
