/** A histogram's counts, as Prometheus has them. */

/** Seconds: from the shortest answer to the longest stream. */
const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export interface Buckets {
  /** The number of values up to each bound and above the previous one; the last entry is above all bounds. */
  counts: Float64Array;
  sum: number;
}

export function newBuckets(): Buckets {
  return { counts: new Float64Array(BOUNDS.length + 1), sum: 0 };
}

export function observe(buckets: Buckets, seconds: number): void {
  let at = 0;
  while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? 0)) at++;
  buckets.counts[at] = (buckets.counts[at] ?? 0) + 1;
  buckets.sum += seconds;
}

interface Value {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/** The values of a histogram named `name`: cumulative counts by upper bound, sum and count. */
export function valuesOf(name: string, labels: Record<string, string>, { counts, sum }: Buckets): Value[] {
  let count = 0;
  const buckets = [...BOUNDS, "+Inf"].map((le, at): Value => {
    count += counts[at] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
