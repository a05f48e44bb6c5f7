/** Keeps the index up to date with the log by polling, and rebuilds an unusable index. */
import { chainsOf } from "../audit/segments.ts";
import { pause, type Clock } from "../core/clock.ts";
import { openCallIndex } from "./call-index.ts";
import type { CallIndex } from "./call-index.ts";
import { deleteDatabase, isDamage } from "./database.ts";
import { InsightError } from "./errors.ts";
import { OtherLogError, readChain } from "./log-reader.ts";
import type { ThreadData } from "./messages.ts";
import type { IndexedCall } from "./types.ts";

/** Calls that end within this time are written in one transaction, because each transaction rewrites the same pages. */
const POLL_MS = 1000;
/** While calls are being followed. */
const FOLLOWED_POLL_MS = 200;
const RETRY_MS = 2000;
/** The most calls in one transaction, while catching up. */
const MOST_CALLS = 10_000;

export interface FollowerEvents {
  /** Calls that ended since the log's end was reached for the first time. */
  onCalls: (calls: IndexedCall[]) => void;
  /** The log can't be read or the index can't be written; called once until it works again. */
  onTrouble: (error: unknown) => void;
  /** The index can't be reopened either: nothing works any longer. */
  onLost: (error: unknown) => void;
}

export interface Follower {
  /** The current index. */
  index(): CallIndex;
  /** Resolves once the log's current end is in the index. Rejects with the error that prevents it. */
  catchUp(): Promise<void>;
  /** The same, but doesn't wait during the initial read of the log, and never rejects. */
  refresh(): Promise<void>;
  /** Whether calls are to be indexed as soon as they end. */
  follow(on: boolean): void;
  /** Milliseconds since the log's end was last reached; null before the first time. */
  behindMs(): number | null;
  /** Rebuilds the index if an error from a query means that it is damaged. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

/** Throws SQLite's or the system's error if the index can't be opened or created. */
export function follow({ auditDir, file }: ThreadData, clock: Clock, events: FollowerEvents): Follower {
  const closing = new AbortController();
  let index = openCallIndex(file, clock);
  let endReachedAt: number | undefined;
  let pass = Promise.resolve();
  let next: Promise<void> | undefined;
  let damage: unknown;
  let failing = false;
  let followed = false;

  const flush = () => {
    const calls = index.flush();
    if (endReachedAt !== undefined && calls.length > 0) events.onCalls(calls);
  };
  const readOn = async () => {
    if (damage !== undefined) throw damage;
    await readLog(auditDir, index, (held) => {
      if (closing.signal.aborted)
        throw new InsightError("unavailable", "The index of calls is being closed.");
      if (held >= MOST_CALLS) flush();
    });
    flush();
    endReachedAt = clock.monotonic();
  };
  const reopen = (error: unknown) => {
    try {
      index.close();
      damage = undefined;
      if (error instanceof OtherLogError || isDamage(error)) {
        deleteDatabase(file);
        endReachedAt = undefined;
      }
      index = openCallIndex(file, clock);
    } catch (lost) {
      events.onLost(lost);
    }
  };
  const readOrReopen = async () => {
    next = undefined;
    try {
      await readOn();
      failing = false;
    } catch (error) {
      if (!failing && !closing.signal.aborted) events.onTrouble(error);
      failing = true;
      // After any failure other than reading the log, memory may differ from the file.
      if (!closing.signal.aborted && !isSystemError(error)) reopen(error);
      throw error;
    }
  };
  const catchUp = () => {
    next ??= pass.then(readOrReopen);
    pass = next.catch(() => undefined);
    return next;
  };
  const hurry = repeat({ clock, closing: closing.signal }, catchUp, () =>
    failing ? RETRY_MS : followed ? FOLLOWED_POLL_MS : POLL_MS,
  );

  return {
    index: () => index,
    catchUp,
    refresh: async () => (endReachedAt === undefined ? undefined : catchUp().catch(() => undefined)),
    follow(on) {
      followed = on;
      if (on) hurry();
    },
    behindMs: () => (endReachedAt === undefined ? null : Math.round(clock.monotonic() - endReachedAt)),
    failed(error) {
      damage = isDamage(error) ? error : undefined;
    },
    async close() {
      closing.abort();
      await pass;
      index.close();
    },
  };
}

/** Reads from where the index ends to the log's end; `onBatch` gets the number of unwritten calls held. */
async function readLog(auditDir: string, index: CallIndex, onBatch: (held: number) => void): Promise<void> {
  const chains = chainsOf(auditDir);
  if (index.chains().some((known) => !chains.some(({ name }) => name === known))) throw new OtherLogError();
  for (const chain of chains)
    for await (const batch of readChain(chain, index.place(chain.name))) onBatch(index.take(batch));
}

/** Runs the work now and after each pause, whether it succeeds or not. Returns a function that ends a pause early. */
function repeat(
  { clock, closing }: { clock: Clock; closing: AbortSignal },
  work: () => Promise<void>,
  pauseMs: () => number,
): () => void {
  let pausing = new AbortController();
  closing.addEventListener("abort", () => pausing.abort());
  const run = async () => {
    while (!closing.aborted) {
      await work().catch(() => undefined);
      pausing = new AbortController();
      if (!closing.aborted) await pause(clock, pauseMs(), { signal: pausing.signal });
    }
  };
  void run();
  return () => pausing.abort();
}

function isSystemError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
}
