/** UTC days and months, by their start in epoch milliseconds. */
const DAY = 86_400_000;

export function dayOf(now: number): number {
  return Math.floor(now / DAY) * DAY;
}

export function nextDay(now: number): number {
  return dayOf(now) + DAY;
}

let latest = { from: 0, until: 0 };

export function monthOf(now: number): number {
  if (now < latest.from || now >= latest.until) {
    const date = new Date(now);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    latest = { from: Date.UTC(year, month), until: Date.UTC(year, month + 1) };
  }
  return latest.from;
}

export function nextMonth(now: number): number {
  monthOf(now);
  return latest.until;
}
