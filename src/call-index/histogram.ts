/**
 * Latency histograms that can be added: fixed logarithmic buckets, twenty for each factor of ten. A percentile from one
 * is within 6 % of the exact one (10^(1/40) = 1.059), and within half a millisecond below one millisecond.
 */

/** Counts by bucket. Bucket 0 is below one millisecond. */
export type Histogram = Map<number, number>;

const BUCKETS_PER_DECADE = 20;
/** The last bucket begins at 10^8 ms, more than a day. */
const LAST_BUCKET = 8 * BUCKETS_PER_DECADE + 1;

function bucketOf(milliseconds: number): number {
  if (!(milliseconds >= 1)) return 0;
  return Math.min(LAST_BUCKET, 1 + Math.floor(Math.log10(milliseconds) * BUCKETS_PER_DECADE));
}

/** The geometric middle of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : 10 ** ((bucket - 0.5) / BUCKETS_PER_DECADE);
}

export function observe(histogram: Histogram, milliseconds: number): void {
  count(histogram, bucketOf(milliseconds), 1);
}

function count(histogram: Histogram, bucket: number, times: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + times);
}

/** The value that `share` (0–1) of the observations don't exceed (nearest rank), in milliseconds; null without any. */
export function percentile(histogram: Histogram, share: number): number | null {
  const observations = histogram.values().reduce((sum, times) => sum + times, 0);
  const rank = Math.max(1, Math.ceil(observations * share));
  let seen = 0;
  for (const bucket of [...histogram.keys()].toSorted((a, b) => a - b)) {
    seen += histogram.get(bucket) ?? 0;
    if (seen >= rank) return Number(middleOf(bucket).toPrecision(4));
  }
  return null;
}

/** Pairs of bucket and count, as LEB128 integers; null for an empty histogram. */
export function encode(histogram: Histogram): Uint8Array | null {
  if (histogram.size === 0) return null;
  const bytes: number[] = [];
  for (const [bucket, times] of histogram) {
    pushInteger(bytes, bucket);
    pushInteger(bytes, times);
  }
  return Uint8Array.from(bytes);
}

function pushInteger(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}

/** Adds the output of `encode`. */
export function addEncoded(histogram: Histogram, bytes: Uint8Array | null): void {
  let value = 0;
  let scale = 1;
  let bucket: number | undefined;
  for (const byte of bytes ?? []) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte & 0x80) continue;
    if (bucket !== undefined) count(histogram, bucket, value);
    bucket = bucket === undefined ? value : undefined;
    value = 0;
    scale = 1;
  }
}

/** The sum of two encoded histograms, encoded. */
export function addedUp(one: Uint8Array | null, other: Uint8Array | null): Uint8Array | null {
  if (!one || !other) return one ?? other;
  const sum: Histogram = new Map();
  addEncoded(sum, one);
  addEncoded(sum, other);
  return encode(sum);
}
