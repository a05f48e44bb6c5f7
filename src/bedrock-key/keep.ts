/**
 * Keeps a Bedrock API key fresh: issues and delivers a new one well before the old one expires, until it is stopped or
 * the delegation or client may no longer have one. Delivered keys stay valid until they expire.
 */
import { pause, type Clock } from "../core/clock.ts";
import { messageOf } from "../core/reason.ts";
import { OperatorError } from "../registry/errors.ts";
import type { Deliver } from "./deliver.ts";
import type { BedrockKey } from "./mint.ts";

export interface KeepParts {
  /** Issues a key. An OperatorError stops renewal; anything else is retried. */
  issue: () => Promise<BedrockKey>;
  deliver: readonly Deliver[];
  clock: Clock;
  signal: AbortSignal;
  events: KeepEvents;
  /** Uniform in [0, 1). */
  random?: () => number;
}

/** Moments are epoch milliseconds. */
export interface KeepEvents {
  /** The key has arrived everywhere. */
  delivered(key: BedrockKey, renewAt: number): void;
  /** No new key was issued, or it didn't arrive everywhere; both are retried. */
  failed(error: unknown, retryAt: number): void;
  /** Called once, when the last key that arrived everywhere has expired. */
  lapsed(): void;
}

/** The newest key, and where it hasn't arrived yet. */
interface Round {
  key: BedrockKey;
  renewAt: number;
  waiting: readonly Deliver[];
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60_000;
/** Shares of a key's lifetime: it is renewed at a random point between, so that many instances don't coincide. */
const RENEW_BETWEEN = [0.675, 0.75] as const;

/** Resolves when the signal is aborted. Rejects with OperatorError as soon as no key may be issued any longer. */
export async function keepBedrockKey(parts: KeepParts): Promise<void> {
  const { clock, signal, events } = parts;
  let round: Round | undefined;
  let aliveUntil = Infinity;
  let failures = 0;
  while (!signal.aborted) {
    let next: number;
    try {
      if (round === undefined || clock.now() >= round.renewAt) round = await newRound(parts);
      // If it was stopped while AWS answered, nothing is delivered.
      if (signal.aborted) return;
      await deliver(round);
      next = round.renewAt;
      aliveUntil = round.key.expiresAt;
      failures = 0;
      events.delivered(round.key, next);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      failures++;
      next = clock.now() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
      events.failed(error, next);
      if (clock.now() >= aliveUntil) {
        aliveUntil = Infinity;
        events.lapsed();
      }
    }
    await pause(clock, next - clock.now(), { signal });
  }
}

async function newRound({ issue, deliver: waiting, clock, random = Math.random }: KeepParts): Promise<Round> {
  const key = await issue();
  const now = clock.now();
  const [earliest, latest] = RENEW_BETWEEN;
  const share = earliest + (latest - earliest) * random();
  // However short a key's lifetime is, STS isn't called more often.
  const renewAt = now + Math.max(FIRST_RETRY_MS, (key.expiresAt - now) * share);
  return { key, renewAt, waiting };
}

/** One failure doesn't stop other deliveries. Rejects with all failures; a later attempt repeats only those. */
async function deliver(round: Round): Promise<void> {
  const failed: { to: Deliver; error: unknown }[] = [];
  await Promise.all(
    round.waiting.map((to) => to(round.key.token).catch((error: unknown) => void failed.push({ to, error }))),
  );
  round.waiting = failed.map(({ to }) => to);
  if (failed.length === 0) return;
  const reasons = failed.map(({ error }) => messageOf(error));
  throw new Error(`not delivered: ${reasons.join("; ")}`);
}
