import fc from "fast-check";
import { expect, it } from "vitest";
import type { UsageView } from "../../../src/admin/views/usage.ts";
import { periodOf } from "../components/period.tsx";
import { sharesOf } from "./usage-shares.ts";

type Point = UsageView["series"][number];
const NONE = { p50: null, p95: null, p99: null };

function point(at: number, costUsd: number): Point {
  return {
    at,
    calls: 1,
    failed: 0,
    refused: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    costUsd,
    unpricedCalls: 0,
    firstByteMs: NONE,
    totalMs: NONE,
  };
}

it("shares add up to the whole, whichever names lead", () => {
  const costs = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(costs, (points) => {
      const whole = points.map(([a, b, rest], at) => point(at, a + b + rest));
      const parts = [0, 1].map((part) => ({
        name: `part-${part}`,
        series: points.map((each, at) => point(at, each[part] ?? 0)),
      }));
      const shares = sharesOf(whole, parts, ({ costUsd }) => costUsd);
      for (const [at, { costUsd }] of whole.entries())
        expect(shares.reduce((sum, { values }) => sum + (values[at] ?? 0), 0)).toBe(costUsd);
    }),
  );
});

it("shares have no 'others' if the leading names make up the whole, and series that begin later match by time", () => {
  const whole = [point(10, 0.1 + 0.2), point(20, 0.3)];
  const shares = sharesOf(
    whole,
    [
      { name: "a", series: [point(10, 0.1), point(20, 0.3)] },
      { name: "b", series: [point(20, 0), point(10, 0.2)] },
    ],
    ({ costUsd }) => costUsd,
  );
  expect(shares).toEqual([
    { name: "a", values: [0.1, 0.3] },
    { name: "b", values: [0.2, 0] },
  ]);
});

it("months are in UTC, across the turn of the year too", () => {
  const now = Date.UTC(2027, 0, 5, 9);
  expect(periodOf("this-month", now)).toEqual({ since: Date.UTC(2027, 0), until: now });
  expect(periodOf("last-month", now)).toEqual({ since: Date.UTC(2026, 11), until: Date.UTC(2027, 0) });
});
