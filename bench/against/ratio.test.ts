import { expect, it } from "vitest";
import { ratioOf } from "./ratio.ts";

it("a ratio is the geometric mean of its pairs, with Student's interval over their logarithms", () => {
  const found = ratioOf([
    [2, 1],
    [1, 2],
    [8, 1],
  ]);
  expect(found.ratio).toBeCloseTo(2, 9);
  // Logarithms to base 2: 1, -1 and 3. Mean 1, standard deviation 2, t of two degrees of freedom 4.303.
  const margin = (4.303 * 2) / Math.sqrt(3);
  expect(Math.log2(found.high)).toBeCloseTo(1 + margin, 9);
  expect(Math.log2(found.low)).toBeCloseTo(1 - margin, 9);
});

it.each([
  ["worse", [1.1, 1.11, 1.12]],
  ["not worse", [1.06, 1.0, 1.12]],
  ["not worse", [1.04, 1.041, 1.04]],
  ["not worse", [0.9, 1.1, 0.95]],
  ["better", [0.7, 0.71, 0.69]],
  ["not worse", [9]],
])("is %s for %j", (verdict, ratios) => {
  expect(ratioOf(ratios.map((ratio) => [ratio, 1])).verdict).toBe(verdict);
});
