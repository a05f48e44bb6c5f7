/** The records of one turn of the event loop, which are written and synced together. */

export interface Entry {
  kind: "intent" | "outcome" | "change" | "other";
  call: string;
  fields: string;
}

/** Its promises are what intents and changes wait for. */
export interface Batch {
  entries: Entry[];
  written: PromiseWithResolvers<void>;
  durable: PromiseWithResolvers<void>;
}

/** Whether a caller waits until the entry is on disk. */
export function isAwaited({ kind }: Entry): boolean {
  return kind === "intent" || kind === "change";
}

export function newBatch(): Batch {
  const batch: Batch = { entries: [], written: Promise.withResolvers(), durable: Promise.withResolvers() };
  // Not every caller awaits both.
  batch.written.promise.catch(() => {});
  batch.durable.promise.catch(() => {});
  return batch;
}
