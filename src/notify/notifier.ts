/** Events for operators: kept for the console, and sent to the webhook if one is configured. */
import { randomId } from "../core/ids.ts";
import type { WallClock } from "../core/clock.ts";

export const EVENT_TYPES = [
  "delegation.activated",
  "delegation.suspended",
  "delegation.revoked",
  "budget.threshold",
  "key.expiring",
  "model.ending",
  "audit.unavailable",
  "audit.recovered",
  "verification.failed",
  "webhook.test",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface SignetEvent {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  type: EventType;
  /** `delegation/acme`, `client/app`, `key/3fQ0zJk81LmX`, `audit`. */
  subject: string;
  /** One sentence; no secrets. */
  message: string;
}

export interface Notifier {
  emit(type: EventType, subject: string, message: string): void;
  /** Since the start, the latest first. */
  recent(): SignetEvent[];
}

const KEPT = 200;

export function createNotifier(clock: WallClock, deliver: (event: SignetEvent) => void): Notifier {
  const events: SignetEvent[] = [];
  return {
    emit(type, subject, message) {
      const event = { id: randomId(16), at: clock.now(), type, subject, message };
      events.unshift(event);
      events.length = Math.min(events.length, KEPT);
      deliver(event);
    },
    recent: () => [...events],
  };
}
