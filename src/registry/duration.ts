/** Durations as operators write them: `90s`, `15m`, `12h`, `30d`. */
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST = 3_650 * UNITS.d;

/** Milliseconds; undefined if it isn't a duration or is longer than ten years. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const duration = Number(number) * UNITS[unit as keyof typeof UNITS];
  return duration <= LONGEST ? duration : undefined;
}
