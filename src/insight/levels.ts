/** The intervals that usage is summed by: fine ones for what is near, coarse ones for what is long. All begin at UTC's. */
const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Level {
  /** Milliseconds of one interval. */
  ms: number;
  /** Rows are kept this long; undefined: for ever. */
  keptMs?: number;
  /** For periods up to this long. */
  upToMs: number;
}

export const LEVELS: readonly Level[] = [
  { ms: MINUTE, keptMs: 2 * DAY, upToMs: 2 * HOUR },
  { ms: 10 * MINUTE, keptMs: 8 * DAY, upToMs: 20 * HOUR },
  { ms: HOUR, upToMs: 5 * DAY },
  { ms: DAY, upToMs: Infinity },
];

const POINTS = 120;

export interface Grid {
  /** Of the rows that are read. */
  level: number;
  /** Of the points that are shown: a multiple of the level. */
  intervalMs: number;
  /** The period, widened to whole intervals. */
  since: number;
  until: number;
}

/** How a period is read and shown, with at most 120 points. `now` tells which rows are still there. */
export function gridOf({ since, until }: { since: number; until: number }, now: number): Grid {
  const span = until - since;
  const level =
    LEVELS.find(({ upToMs, keptMs = Infinity }) => span <= upToMs && since >= now - keptMs + DAY) ??
    LEVELS.find(({ keptMs, upToMs }) => keptMs === undefined && span <= upToMs) ??
    LEVELS[LEVELS.length - 1];
  const { ms } = level ?? { ms: DAY };
  const from = Math.floor(since / ms) * ms;
  const to = Math.ceil(until / ms) * ms;
  return {
    level: ms,
    intervalMs: ms * Math.max(1, Math.ceil((to - from) / ms / POINTS)),
    since: from,
    until: to,
  };
}
