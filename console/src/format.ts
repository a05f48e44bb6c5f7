/** Numbers, money and times for people, in the format of their own language. */
import { now } from "./clock.ts";

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export function count(value: number): string {
  return Math.abs(value) < 100_000 ? whole.format(value) : compact.format(value);
}

/** Small sums keep their first digits: a call costs fractions of a cent. */
export function usd(value: number): string {
  const digits =
    value !== 0 && Math.abs(value) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, { style: "currency", currency: "USD", ...digits }).format(value);
}

export function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function at(time: number | string): string {
  return dateTime.format(new Date(time));
}

/** `2027-04-08`, in UTC: a day as AWS gives it. */
export function utcDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

export function ago(time: number | string, from = now()): string {
  const difference = new Date(time).getTime() - from;
  const [unit, ms] = UNITS.find(([, each]) => Math.abs(difference) >= each) ?? ["second", 1000];
  return relative.format(Math.round(difference / ms), unit);
}

/** The label of a point in a series of this span: days, where hours of different days would look alike. */
export function tick(time: number, spanMs: number): string {
  const date = new Date(time);
  return spanMs > 36 * 3_600_000 ? day.format(date) : clockTime.format(date);
}

/** The change from the previous period: `+12 %`. */
export function change(after: number, before: number): string | undefined {
  if (before === 0) return undefined;
  const percent = Math.round(((after - before) / before) * 100);
  return `${percent > 0 ? "+" : ""}${percent} %`;
}
