/** Group commit: many callers wait for one sync, and only one sync runs at a time. */

/**
 * Wraps `sync` so that each call resolves once a sync that began after the call has ended. Calls made while one
 * runs share the next.
 */
export function groupCommit(sync: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const begin = (): Promise<void> => {
    queued = undefined;
    const mine = sync();
    running = mine;
    const end = () => {
      if (running === mine && !queued) running = undefined;
    };
    mine.then(end, end);
    return mine;
  };

  return () => {
    if (!running) return begin();
    queued ??= running.then(begin, begin);
    return queued;
  };
}
