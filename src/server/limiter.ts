/** Limits that continue from what was spent before the start, by the audit log: budgets survive a restart. */
import type { Insight, Period } from "../call-index/types.ts";
import { pause, systemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { createLimiter, type HolderUsage, type Limiter } from "../limits/limiter.ts";
import { dayOf, monthOf, nextDay, nextMonth } from "../limits/periods.ts";
import type { Notifier } from "../notify/notifier.ts";
import { reportBudget } from "./notifier.ts";

const INDEX_MS = 60_000;
const RETRY_MS = 500;

export async function limiterFor(insight: Insight, notifier: Notifier, log: Log): Promise<Limiter> {
  const limiter = createLimiter(systemClock, (event) => {
    log.warn({ ...event }, "a budget has reached its warning threshold");
    reportBudget(notifier, event);
  });
  const now = systemClock.now();
  const day = await spentIn(insight, { since: dayOf(now), until: nextDay(now) }, log);
  const month = await spentIn(insight, { since: monthOf(now), until: nextMonth(now) }, log);
  limiter.load({ day, month });
  return limiter;
}

/** Waits if the index is being opened or built; rejects if that takes too long. */
async function spentIn(insight: Insight, period: Period, log: Log): Promise<HolderUsage[]> {
  const until = systemClock.monotonic() + INDEX_MS;
  for (;;) {
    try {
      return await insight.spent(period);
    } catch (error) {
      if (systemClock.monotonic() > until) throw error;
      log.info({}, "waiting for the index of calls to know what has been spent");
      await pause(systemClock, RETRY_MS);
    }
  }
}
