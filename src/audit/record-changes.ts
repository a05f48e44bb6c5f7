/**
 * Moves changes from the store to the audit log. The store keeps each one, written together with the change itself,
 * until it is on disk in the log. No crash loses one, whichever process made it, but a crash may record one twice.
 */
import type { Clock, Timer } from "../core/clock.ts";
import type { Audit } from "./types.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../core/log.ts";
import { reasonOf } from "../core/reason.ts";

const BATCH = 100;
const RETRY_MS = 5_000;

export interface ChangeRecorder {
  /** Must be called whenever the store has changed. */
  wake(): void;
  /** Resolves once the running batch is settled. */
  stop(): Promise<void>;
}

export interface ChangeParts {
  store: Store;
  audit: Audit;
  clock: Clock;
  log: Log;
}

export function recordChanges({ store, audit, clock, log }: ChangeParts): ChangeRecorder {
  let wanted = false;
  let stopped = false;
  let working: Promise<void> | undefined;
  let retry: Timer | undefined;

  const work = async () => {
    for (;;) {
      if (!wanted || stopped) return;
      const changes = await store.changes.pending(BATCH);
      wanted = changes.length === BATCH;
      if (changes.length === 0) return;
      await Promise.all(changes.map((change) => audit.change(change)));
      await store.changes.settle(changes.map(({ id }) => id));
    }
  };
  const wake = () => {
    if (stopped) return;
    wanted = true;
    working ??= work()
      .catch((error: unknown) => {
        log.error(
          { reason: reasonOf(error) },
          "changes can't be written to the audit log; they stay in the store",
        );
        clock.clear(retry);
        retry = clock.setTimeout(wake, RETRY_MS);
      })
      .finally(() => {
        working = undefined;
      });
  };
  return {
    wake,
    async stop() {
      stopped = true;
      clock.clear(retry);
      await working;
    },
  };
}
