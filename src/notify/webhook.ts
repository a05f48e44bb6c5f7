/**
 * Sends events to the operator's webhook, signed by the Standard Webhooks scheme, so that the receiver can check them
 * with a library: https://www.standardwebhooks.com. Delivery is tried five times within about ten minutes. Events that
 * are undelivered by then, or when the process ends, are lost to the webhook but never to the audit log.
 */
import { createHmac } from "node:crypto";
import { pause, type Clock, type WallClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { reasonOf } from "../core/reason.ts";
import type { Secret } from "../core/secret.ts";
import type { SignetEvent } from "./notifier.ts";

export interface WebhookSettings {
  url: string;
  /** `whsec_` and base64. */
  secret: Secret;
}

export interface Webhook {
  deliver(event: SignetEvent): void;
  /** Drops events that are still waiting. */
  close(): Promise<void>;
}

/** Milliseconds before each further attempt. */
const DELAYS = [1_000, 10_000, 60_000, 600_000];
const ANSWER_MS = 10_000;
const MOST_WAITING = 1_000;

/** The bytes of a secret as Standard Webhooks writes them; undefined for anything else. */
export function webhookKey(secret: string): Buffer | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/.exec(secret) ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}

export function openWebhook(settings: WebhookSettings, clock: Clock, log: Pick<Log, "warn">): Webhook {
  const closing = new AbortController();
  const waiting = new Set<Promise<void>>();
  const attempt = async (event: SignetEvent) => {
    for (const delay of [0, ...DELAYS]) {
      if (delay > 0) await pause(clock, delay, { signal: closing.signal, unref: true });
      if (closing.signal.aborted) return;
      const problem = await sendEvent(settings, clock, event, closing.signal);
      if (problem === undefined) return;
      log.warn({ event: event.id, type: event.type, reason: problem }, "the webhook did not accept an event");
    }
  };
  return {
    deliver(event) {
      if (waiting.size >= MOST_WAITING)
        return log.warn({ event: event.id }, "event dropped: too many are waiting for the webhook");
      const delivery = attempt(event)
        .catch(() => undefined)
        .finally(() => waiting.delete(delivery));
      waiting.add(delivery);
    },
    async close() {
      closing.abort();
      await Promise.all(waiting);
    },
  };
}

/** Resolves to the reason why it wasn't accepted; undefined if it was. */
export async function sendEvent(
  { url, secret }: WebhookSettings,
  clock: WallClock,
  { id, at, type, subject, message }: SignetEvent,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const body = JSON.stringify({
    type,
    timestamp: new Date(at).toISOString(),
    data: { id, subject, message },
  });
  const timestamp = String(Math.floor(clock.now() / 1000));
  const key = webhookKey(secret.reveal()) ?? Buffer.alloc(0);
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const limit = AbortSignal.timeout(ANSWER_MS);
  try {
    const answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
      },
      body,
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}
