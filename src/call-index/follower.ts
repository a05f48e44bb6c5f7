/** Keeps the index up with the log: reads what is new, again and again, and starts anew where the index can't be used. */
import { setTimeout as sleep } from "node:timers/promises";
import { openCallIndex } from "./call-index.ts";
import type { CallIndex } from "./call-index.ts";
import { deleteDatabase, isDamage } from "./database.ts";
import { InsightError } from "./errors.ts";
import { chainsOf } from "../audit/segments.ts";
import { OtherLogError, readChain } from "./log-reader.ts";
import type { ThreadData } from "./messages.ts";
import type { IndexedCall } from "./types.ts";

const POLL_MS = 200;
const RETRY_MS = 2000;
/** Calls of one transaction, while there is much to read. */
const MOST_CALLS = 10_000;

export interface FollowerEvents {
  /** Calls that ended since the log's end was reached for the first time. */
  onCalls: (calls: IndexedCall[]) => void;
  /** What keeps the log from being read or the index from being written; it is tried again. */
  onTrouble: (error: unknown) => void;
  /** The index can't even be opened again: nothing works any more. */
  onLost: (error: unknown) => void;
}

export interface Follower {
  /** What is in the index now. */
  index(): CallIndex;
  /** Resolves once what is in the log now is in the index. Rejects with what keeps it from being. */
  catchUp(): Promise<void>;
  /** Milliseconds since the log's end was last reached; null before the first time. */
  behindMs(): number | null;
  /** Makes the index anew where the error, met by a question, says that it is damaged. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

/** Throws SQLite's or the system's error where the index can't be opened or made. */
export function follow({ auditDir, file }: ThreadData, events: FollowerEvents): Follower {
  const closing = new AbortController();
  let index = openCallIndex(file);
  let endReachedAt: number | undefined;
  let pass = Promise.resolve();
  let damage: unknown;

  const flush = () => {
    const calls = index.flush();
    if (endReachedAt !== undefined && calls.length > 0) events.onCalls(calls);
  };
  const readOn = async () => {
    if (damage !== undefined) throw damage;
    const chains = chainsOf(auditDir);
    if (index.chains().some((known) => !chains.some(({ name }) => name === known))) throw new OtherLogError();
    for (const chain of chains) {
      for await (const batch of readChain(chain, index.place(chain.name))) {
        if (closing.signal.aborted)
          throw new InsightError("unavailable", "The index of calls is being closed.");
        if (index.take(batch) >= MOST_CALLS) flush();
      }
    }
    flush();
    endReachedAt = performance.now();
  };
  const reopen = (error: unknown) => {
    try {
      index.close();
      damage = undefined;
      if (error instanceof OtherLogError || isDamage(error)) {
        deleteDatabase(file);
        endReachedAt = undefined;
      }
      index = openCallIndex(file);
    } catch (lost) {
      events.onLost(lost);
    }
  };
  const readOrReopen = async () => {
    try {
      await readOn();
    } catch (error) {
      // After any other failure than to read the log, memory may differ from the file.
      if (!closing.signal.aborted && !isSystemError(error)) reopen(error);
      throw error;
    }
  };
  const catchUp = () => {
    const next = pass.then(readOrReopen);
    pass = next.catch(() => undefined);
    return next;
  };
  const polling = poll(catchUp, closing.signal, events.onTrouble);

  return {
    index: () => index,
    catchUp,
    behindMs: () => (endReachedAt === undefined ? null : Math.round(performance.now() - endReachedAt)),
    failed(error) {
      damage = isDamage(error) ? error : undefined;
    },
    async close() {
      closing.abort();
      await polling;
      await pass;
      index.close();
    },
  };
}

/** Tells of trouble once, until all is well again. */
async function poll(
  catchUp: () => Promise<void>,
  closing: AbortSignal,
  onTrouble: (error: unknown) => void,
): Promise<void> {
  let failing = false;
  while (!closing.aborted) {
    try {
      await catchUp();
      failing = false;
    } catch (error) {
      if (!failing && !closing.aborted) onTrouble(error);
      failing = true;
    }
    await sleep(failing ? RETRY_MS : POLL_MS, undefined, { signal: closing }).catch(() => undefined);
  }
}

function isSystemError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
}
