/**
 * Keeps a Bedrock API key fresh: makes a new one well before the old one ends and delivers it, until it is told to
 * stop or the delegation or client may no longer have one. What was delivered lives on until it expires.
 */
import type { Clock } from "../core/clock.ts";
import { OperatorError } from "../delegations/errors.ts";
import type { Deliver } from "./deliver.ts";
import type { BedrockKey } from "./mint.ts";

export interface KeepParts {
  /** Makes a key. An OperatorError ends the keeping; anything else is tried again. */
  issue: () => Promise<BedrockKey>;
  deliver: readonly Deliver[];
  clock: Clock;
  signal: AbortSignal;
  /** Waits, or until the signal; for a test to move time. */
  pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  events: KeepEvents;
  /** Uniform in [0, 1). */
  random?: () => number;
}

export interface KeepEvents {
  delivered(key: BedrockKey, renewAt: number): void;
  /** The old key still lives. */
  failed(error: unknown, retryAt: number): void;
  /** The last key delivered has expired and there is no newer one. */
  lapsed(): void;
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60_000;
/** Of a key's life, after which it is renewed. */
const RENEW_AT = 0.75;

/** Resolves once the signal comes. Rejects with OperatorError as soon as no key may be had any more. */
export async function keepBedrockKey(parts: KeepParts): Promise<void> {
  const { clock, signal, events, random = Math.random } = parts;
  let expiresAt = Infinity;
  let failures = 0;
  let lapsed = false;
  while (!signal.aborted) {
    let next: number;
    try {
      const key = await parts.issue();
      for (const deliver of parts.deliver) await deliver(key.token);
      const life = key.expiresAt - clock.now();
      next = clock.now() + life * RENEW_AT * (0.9 + 0.1 * random());
      ({ expiresAt } = key);
      failures = 0;
      lapsed = false;
      events.delivered(key, next);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      failures++;
      next = clock.now() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
      events.failed(error, next);
      if (clock.now() >= expiresAt && !lapsed) {
        lapsed = true;
        events.lapsed();
      }
    }
    await parts.pause(next - clock.now(), signal);
  }
}
