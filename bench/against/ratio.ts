/** The ratio of two checkouts' figures from pairs of measurements, with its confidence interval. */

/** Student's t, two-sided 95 %, by degrees of freedom from 1. Source: NIST/SEMATECH e-Handbook, 1.3.6.7.2. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
/** "Not worse": the highest lower end of the interval. */
const MOST = 1.05;

export interface Ratio {
  /** Geometric mean of the pairs' ratios. */
  ratio: number;
  /** The 95 % interval (Student's t on the logarithms); unbounded for fewer than two pairs. */
  low: number;
  high: number;
  /** `better` or `worse` only if the whole interval is. */
  verdict: "better" | "not worse" | "worse";
}

export function ratioOf(pairs: readonly (readonly [ours: number, theirs: number])[]): Ratio {
  const logs = pairs.map(([ours, theirs]) => Math.log(ours / theirs));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const freedom = logs.length - 1;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / freedom;
  const t = T95[Math.min(freedom, T95.length) - 1] ?? Infinity;
  const margin = freedom > 0 ? t * Math.sqrt(variance / logs.length) : Infinity;
  const [ratio, low, high] = [mean, mean - margin, mean + margin].map(Math.exp) as [number, number, number];
  return { ratio, low, high, verdict: low > MOST ? "worse" : high < 1 ? "better" : "not worse" };
}
