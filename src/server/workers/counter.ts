/** The primary's side of limits: answers one worker, and closes what it leaves open when it crashes. */
import { isRefusal, type Limiter, type Reservation } from "../../limits/limiter.ts";
import { limitService } from "../../limits/service.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const NOTHING = { tokens: 0, nanos: 0 };

export interface Counter {
  hold(message: Extract<FromWorker, { type: "hold" }>): Promise<ToWorker>;
  end(message: Extract<FromWorker, { type: "end" }>): void;
  used(message: Extract<FromWorker, { type: "used" }>): void;
  /** Whatever the worker's calls had reserved counts as used, because the real usage is unknown. */
  crashed(): void;
}

export function counterFor(limiter: Limiter): Counter {
  const limiting = limitService(limiter);
  const open = new Map<number, Reservation>();
  return {
    async hold({ id, holders, estimate }) {
      const { answer, status } = await limiting.hold(holders, () => estimate ?? NOTHING);
      const reported = status ? { status } : {};
      if (isRefusal(answer)) return { type: "held", id, refusal: answer, ...reported };
      open.set(id, answer);
      return { type: "held", id, ...(answer.reserved && { reserved: answer.reserved }), ...reported };
    },
    end({ id, tokens, nanos }) {
      const reservation = open.get(id);
      open.delete(id);
      reservation?.spend(tokens, nanos);
      reservation?.end();
    },
    used: ({ used }) => limiter.load({ day: used, month: used }),
    crashed() {
      for (const reservation of open.values()) {
        const { tokens, nanos = 0 } = reservation.reserved ?? NOTHING;
        reservation.spend(tokens, nanos);
        reservation.end();
      }
      open.clear();
    },
  };
}
