/** The periods that figures are shown for. */
import { Segmented } from "./tabs.tsx";

const HOUR = 3_600_000;
const LENGTHS = { "1h": HOUR, "24h": 24 * HOUR, "7d": 7 * 24 * HOUR, "30d": 30 * 24 * HOUR } as const;
export type PeriodName = keyof typeof LENGTHS | "this-month" | "last-month";

/** Those that end now. */
export const RECENT: readonly (readonly [PeriodName, string])[] = [
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
];
/** Months are in UTC, as AWS bills them. */
export const MONTHS: readonly (readonly [PeriodName, string])[] = [
  ["this-month", "This month"],
  ["last-month", "Last month"],
];

export function PeriodPicker({
  options = RECENT,
  chosen,
  onChoose,
}: {
  options?: readonly (readonly [PeriodName, string])[];
  chosen: PeriodName;
  onChoose: (period: PeriodName) => void;
}) {
  return <Segmented label="Period" options={options} chosen={chosen} onChoose={onChoose} />;
}

/** In epoch milliseconds. */
export interface Period {
  since: number;
  until: number;
}

export function periodOf(name: PeriodName, now: number): Period {
  const date = new Date(now);
  const month = (away: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + away);
  if (name === "this-month") return { since: month(0), until: Math.max(now, month(0) + 1) };
  if (name === "last-month") return { since: month(-1), until: month(0) };
  return { since: now - LENGTHS[name], until: now };
}
