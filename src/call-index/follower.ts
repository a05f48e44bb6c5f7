/** Keeps the index up with the log: reads what is new, again and again, and starts anew where the index can't be used. */
import { chainsOf } from "../audit/segments.ts";
import { pause, type Clock } from "../core/clock.ts";
import { openCallIndex } from "./call-index.ts";
import type { CallIndex } from "./call-index.ts";
import { deleteDatabase, isDamage } from "./database.ts";
import { InsightError } from "./errors.ts";
import { OtherLogError, readChain } from "./log-reader.ts";
import type { ThreadData } from "./messages.ts";
import type { IndexedCall } from "./types.ts";

/** What ends within it is written in one transaction: each writes the same pages anew. */
const POLL_MS = 1000;
/** While somebody looks on. */
const FOLLOWED_POLL_MS = 200;
const RETRY_MS = 2000;
/** Calls of one transaction, while there is much to read. */
const MOST_CALLS = 10_000;

export interface FollowerEvents {
  /** Calls that ended since the log's end was reached for the first time. */
  onCalls: (calls: IndexedCall[]) => void;
  /** What keeps the log from being read or the index from being written: once, until all is well again. */
  onTrouble: (error: unknown) => void;
  /** The index can't even be opened again: nothing works any more. */
  onLost: (error: unknown) => void;
}

export interface Follower {
  /** What is in the index now. */
  index(): CallIndex;
  /** Resolves once what is in the log now is in the index. Rejects with what keeps it from being. */
  catchUp(): Promise<void>;
  /** The same, but doesn't wait while the log is read for the first time, and never rejects. */
  refresh(): Promise<void>;
  /** Whether calls are wanted as soon as they end. */
  follow(on: boolean): void;
  /** Milliseconds since the log's end was last reached; null before the first time. */
  behindMs(): number | null;
  /** Makes the index anew where the error, met by a question, says that it is damaged. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

/** Throws SQLite's or the system's error where the index can't be opened or made. */
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
      // After any other failure than to read the log, memory may differ from the file.
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

/** From where the index ends to the log's end; `onBatch` hears how many calls the index then holds unwritten. */
async function readLog(auditDir: string, index: CallIndex, onBatch: (held: number) => void): Promise<void> {
  const chains = chainsOf(auditDir);
  if (index.chains().some((known) => !chains.some(({ name }) => name === known))) throw new OtherLogError();
  for (const chain of chains)
    for await (const batch of readChain(chain, index.place(chain.name))) onBatch(index.take(batch));
}

/** Does the work at once, and again after each pause, whether it succeeds or not. Returns what ends a pause early. */
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
