/** Percentiles read from buckets, against the true ones. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { addPacked, countIn, packed, quantile, type Histogram } from "./histogram.ts";

it("percentiles are within 6 % of the true ones", () => {
  const latency = fc.double({ min: 0.1, max: 3_600_000, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (all, at) => {
        const histogram: Histogram = new Map();
        for (const each of all) countIn(histogram, each);
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(at * all.length) - 1] ?? 0;
        const found = quantile(histogram, at) ?? 0;
        expect(Math.abs(found - exact) / exact).toBeLessThan(0.065);
      },
    ),
  );
});

it("histograms add up, packed or not", () => {
  const histogram = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }));
  fc.assert(
    fc.property(histogram, histogram, (a, b) => {
      const one: Histogram = new Map();
      for (const each of [...a, ...b]) countIn(one, each);
      const sum: Histogram = new Map();
      for (const part of [a, b]) {
        const counted: Histogram = new Map();
        for (const each of part) countIn(counted, each);
        addPacked(sum, packed(counted));
      }
      expect(sum).toEqual(one);
    }),
  );
});

it("nothing counted has no percentiles", () => {
  expect(quantile(new Map(), 0.5)).toBeNull();
});
