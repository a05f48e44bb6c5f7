/**
 * Keeps the directory in step with the store. A failed read of changes is repeated until it succeeds, so that no
 * revocation is lost to a transient failure; until then, keys that may be out of date are accepted for a bounded time.
 */
import type { Clock, Timer } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import { reasonOf } from "../core/reason.ts";
import type { Log } from "../core/log.ts";

export interface Follower {
  /** Milliseconds since the store could last be followed; 0 while it can. */
  behind(): number;
  stop(): void;
}

export interface FollowParts {
  store: Store;
  directory: Directory;
  clock: Clock;
  log: Log;
  /** Called after each change has been applied. */
  onChange(): void;
}

const RETRY_MS = 250;

/** Resolves once the directory is filled. Rejects if the first read fails. */
export async function followStore(parts: FollowParts): Promise<Follower> {
  const { store, directory, clock, log } = parts;
  let revision = 0;
  let reading: Promise<void> | undefined;
  let wanted = false;
  let troubleSince: number | undefined;
  let retry: Timer | undefined;

  const read = async () => {
    do {
      wanted = false;
      const changes = await store.changesSince(revision);
      revision = changes.revision;
      directory.apply(changes);
      parts.onChange();
    } while (wanted);
    troubleSince = undefined;
  };
  const trouble = (error: unknown) => {
    troubleSince ??= clock.now();
    log.error({ reason: reasonOf(error) }, "the store can't be read: keys may be out of date");
  };
  const refresh = () => {
    wanted = true;
    reading ??= read()
      .catch((error: unknown) => {
        trouble(error);
        retry = clock.setTimeout(refresh, RETRY_MS);
      })
      .finally(() => {
        reading = undefined;
      });
  };

  await read();
  const watch = store.watch(clock, refresh, trouble);
  return {
    behind: () => (troubleSince === undefined ? 0 : Math.max(1, clock.now() - troubleSince)),
    stop() {
      clock.clear(retry);
      watch.stop();
    },
  };
}
