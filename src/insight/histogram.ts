/**
 * Latencies as counts in logarithmic buckets, twenty to a decade: they add up over any period, and a percentile read
 * from them is within 6 % of the true one (the bucket's middle; its edges are 12 % apart).
 */
const PER_DECADE = 20;
const BUCKETS = 160;

/** Count by bucket; sparse, since a row of one minute holds few calls. */
export type Histogram = Map<number, number>;

/** From 0.1 ms to 10,000 s; what is beyond counts as the last. */
export function bucketOf(milliseconds: number): number {
  const bucket = Math.floor(Math.log10(Math.max(milliseconds, 0.1) * 10) * PER_DECADE);
  return Math.min(bucket, BUCKETS - 1);
}

/** Milliseconds in the middle of a bucket. */
function middleOf(bucket: number): number {
  const value = 10 ** ((bucket + 0.5) / PER_DECADE) / 10;
  return Number(value.toPrecision(3));
}

/** `at` 0–1. Null where nothing was counted. */
export function quantile(histogram: Histogram, at: number): number | null {
  let total = 0;
  for (const count of histogram.values()) total += count;
  if (total === 0) return null;
  let seen = 0;
  const buckets = [...histogram].toSorted(([a], [b]) => a - b);
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= at * total) return middleOf(bucket);
  }
  return null;
}

export function countIn(histogram: Histogram, milliseconds: number | null): void {
  if (milliseconds === null) return;
  const bucket = bucketOf(milliseconds);
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
}

/** Five bytes a bucket: its number, then its count. */
export function packed(histogram: Histogram): Uint8Array {
  const bytes = Buffer.alloc(histogram.size * 5);
  let offset = 0;
  for (const [bucket, counted] of histogram) {
    bytes.writeUInt8(bucket, offset);
    bytes.writeUInt32LE(counted, offset + 1);
    offset += 5;
  }
  return bytes;
}

export function addPacked(histogram: Histogram, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + 5 <= bytes.byteLength; offset += 5) {
    const bucket = view.getUint8(offset);
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + view.getUint32(offset + 1, true));
  }
}
