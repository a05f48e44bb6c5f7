import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addedUp, addEncoded, encode, observe, percentile } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";

const latencies = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 200 });

function histogramOf(values: number[]): Histogram {
  const histogram: Histogram = new Map();
  for (const value of values) observe(histogram, value);
  return histogram;
}

function exact(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(values.length * share)) - 1]!;
}

describe("a percentile", () => {
  it("lies within 6 % of the exact one, or half a millisecond below one", () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
        const found = percentile(histogramOf(values), share)!;
        const expected = exact(values, share);
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(Math.max(0.5, expected * 0.06));
      }),
    );
  });

  it("is null without observations", () => {
    expect(percentile(new Map(), 0.5)).toBeNull();
  });
});

describe("histograms", () => {
  it("add up, in encoded form, to the histogram of all values", () => {
    fc.assert(
      fc.property(latencies, latencies, (one, other) => {
        const sum: Histogram = new Map();
        addEncoded(sum, addedUp(encode(histogramOf(one)), encode(histogramOf(other))));
        expect(sum).toEqual(histogramOf([...one, ...other]));
      }),
    );
  });

  it("hold counts beyond 32 bits", () => {
    const many: Histogram = new Map([[161, 2 ** 40 + 3]]);
    const read: Histogram = new Map();
    addEncoded(read, encode(many));
    expect(read).toEqual(many);
  });
});
