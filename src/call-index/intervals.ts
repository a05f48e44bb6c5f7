/**
 * Which sums make up a period, and how a series divides it. All spans begin at multiples since the epoch, so are UTC.
 */
import type { Period } from "./types.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Sums are kept by minute (for two days), hour and day. */
export const SPANS = [DAY, HOUR, MINUTE] as const;
export type Span = (typeof SPANS)[number];

/** A part of a period: whole spans, or single calls if none fits. */
export interface Part extends Period {
  span: Span | undefined;
}

export interface Cover {
  /** The longest spans that may be used, in milliseconds. */
  longest: number;
  /** Sums by minute exist from this time on. */
  minutesFrom: number;
}

/** The fewest parts that make up exactly the period. */
export function partsOf(period: Period, { longest, minutesFrom }: Cover): Part[] {
  const spans = SPANS.filter((span) => span <= longest);
  return divide(period, spans, minutesFrom);
}

function divide({ since, until }: Period, spans: readonly Span[], minutesFrom: number): Part[] {
  if (since >= until) return [];
  const [span, ...finer] = spans;
  if (span === undefined) return [{ since, until, span }];
  const from = span === MINUTE ? Math.max(since, minutesFrom) : since;
  const whole = { since: Math.ceil(from / span) * span, until: Math.floor(until / span) * span };
  if (whole.since >= whole.until) return divide({ since, until }, finer, minutesFrom);
  return [
    ...divide({ since, until: whole.since }, finer, minutesFrom),
    { ...whole, span },
    ...divide({ since: whole.until, until }, finer, minutesFrom),
  ];
}

const MOST_POINTS = 120;
const INTERVALS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, DAY, 7 * DAY, 30 * DAY];
/** A period this short can be summed from single calls if sums by minute are no longer kept. */
const SHORT = 6 * HOUR;

/** The shortest interval with at most 120 points. */
export function intervalFor(period: Period, minutesFrom: number): number {
  const fine = period.since >= minutesFrom || period.until - period.since <= SHORT;
  const shortest = fine ? MINUTE : HOUR;
  const fitting = INTERVALS.find(
    (interval) => interval >= shortest && pointsIn(period, interval) <= MOST_POINTS,
  );
  const months = Math.ceil((period.until - period.since) / (MOST_POINTS - 1) / (30 * DAY));
  return fitting ?? months * 30 * DAY;
}

/** The start of each interval that the period touches. */
export function beginnings(period: Period, interval: number): number[] {
  const first = Math.floor(period.since / interval) * interval;
  return Array.from({ length: pointsIn(period, interval) }, (_, index) => first + index * interval);
}

function pointsIn({ since, until }: Period, interval: number): number {
  return since >= until ? 0 : Math.ceil(until / interval) - Math.floor(since / interval);
}
