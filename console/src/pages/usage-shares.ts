/** The shares of the leading names in a series; the rest is "others". */
import type { UsageView } from "../../../src/admin/views/usage.ts";

type Point = UsageView["series"][number];
export type Measure = (point: Point) => number;

interface Share {
  name: string;
  values: number[];
}

/** Points are matched by time: answers to several questions may begin a step apart. */
export function sharesOf(
  whole: readonly Point[],
  parts: readonly { name: string; series: readonly Point[] }[],
  measure: Measure,
): Share[] {
  const shares = parts.map(({ name, series }) => {
    const values = new Map(series.map((point) => [point.at, measure(point)]));
    return { name, values: whole.map(({ at }) => values.get(at) ?? 0) };
  });
  const others = whole.map((point, index) =>
    shares.reduce((left, { values }) => left - (values[index] ?? 0), measure(point)),
  );
  const total = whole.reduce((sum, point) => sum + measure(point), 0);
  const left = others.map((value) => Math.max(0, value));
  // Sums of fractions of a cent leave rounding errors.
  const some = left.reduce((sum, value) => sum + value, 0) > total * 1e-9;
  return some ? [...shares, { name: "others", values: left }] : shares;
}
