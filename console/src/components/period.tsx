/** The periods that figures are shown for. */
import { Segmented } from "./basics.tsx";

const HOUR = 3_600_000;
export const PERIODS = { "1h": HOUR, "24h": 24 * HOUR, "7d": 7 * 24 * HOUR, "30d": 30 * 24 * HOUR } as const;
export type PeriodName = keyof typeof PERIODS;

const OPTIONS = [
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
] as const;

export function PeriodPicker({
  chosen,
  onChoose,
}: {
  chosen: PeriodName;
  onChoose: (period: PeriodName) => void;
}) {
  return <Segmented label="Period" options={OPTIONS} chosen={chosen} onChoose={onChoose} />;
}

/** The period that ends now, in epoch milliseconds. */
export function periodOf(name: PeriodName): { since: number; until: number } {
  const until = Date.now();
  return { since: until - PERIODS[name], until };
}
