/** A worker's side of limits: the primary counts for all workers, and is asked if a limit applies. */
import type { Clock } from "../../core/clock.ts";
import { countsUsage, type Holder, type HolderUsage, type Reservation } from "../../limits/limiter.ts";
import { isLimited, type HoldResult, type LimitService } from "../../limits/service.ts";
import { NANOS, type Estimate, type Used } from "../../limits/state.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** How often usage of calls without limits is reported: it counts once a limit is set. */
const REPORT_MS = 500;

export interface RemoteLimiting extends LimitService {
  /** Handles the primary's answer. */
  held(answer: Extract<ToWorker, { type: "held" }>): void;
  /** Reports what was used since the last report. */
  flush(): void;
}

export function remoteLimiting(send: (message: FromWorker) => void, clock: Clock): RemoteLimiting {
  const waiting = new Map<number, (answer: Extract<ToWorker, { type: "held" }>) => void>();
  const used = new Map<string, HolderUsage>();
  let latest = 0;
  const flush = () => {
    if (used.size === 0) return;
    send({ type: "used", used: [...used.values()] });
    used.clear();
  };
  clock.setInterval(flush, REPORT_MS).unref();
  const add = ({ scope, name }: Holder, { tokens, nanos }: Used) => {
    const id = `${scope}\n${name}`;
    const sum = used.get(id) ?? { scope, name, tokens: 0, costUsd: 0 };
    used.set(id, { ...sum, tokens: sum.tokens + tokens, costUsd: sum.costUsd + nanos / NANOS });
  };

  return {
    hold(holders, estimate) {
      if (!holders.some(isLimited)) {
        const answer = reservation(undefined, (sum) => {
          if (sum.tokens > 0 || sum.nanos > 0) for (const holder of holders) add(holder, sum);
        });
        return { answer, status: undefined };
      }
      const id = ++latest;
      const asked = new Promise<HoldResult>((resolve) => {
        waiting.set(id, ({ refusal, reserved, status }) => {
          const made = () => reservation(reserved, (sum) => send({ type: "end", id, ...sum }));
          resolve({ answer: refusal ?? made(), status });
        });
      });
      send({ type: "hold", id, holders, ...(holders.some(countsUsage) && { estimate: estimate() }) });
      return asked;
    },
    held(answer) {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    },
    flush,
    // Operators ask the primary, which knows who may still call.
    states: () => [],
    keep: () => undefined,
  };
}

function reservation(reserved: Estimate | undefined, onEnd: (used: Used) => void): Reservation {
  const sum = { tokens: 0, nanos: 0 };
  return {
    reserved,
    spend(tokens, nanos) {
      sum.tokens += tokens;
      sum.nanos += nanos;
    },
    end: () => onEnd(sum),
  };
}
