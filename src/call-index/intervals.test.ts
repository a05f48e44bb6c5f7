import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginnings, DAY, HOUR, intervalFor, MINUTE, partsOf } from "./intervals.ts";

const NOW = Date.parse("2026-11-23T08:17:23.456Z");
const last = (length: number) => ({ since: NOW - length, until: NOW });

const periods = fc
  .tuple(fc.integer({ min: 0, max: NOW }), fc.integer({ min: 0, max: 400 * DAY }))
  .map(([since, length]) => ({ since, until: since + length }));

describe("a series", () => {
  it.each([
    ["an hour", HOUR, MINUTE, 61],
    ["a day", DAY, 15 * MINUTE, 97],
    ["a week", 7 * DAY, 3 * HOUR, 57],
    ["30 days", 30 * DAY, DAY, 31],
  ])("of %s has a readable number of points", (_name, length, interval, points) => {
    expect(intervalFor(last(length), NOW - 2 * DAY)).toBe(interval);
    expect(beginnings(last(length), interval)).toHaveLength(points);
  });

  it("has at most 120 points for any period", () => {
    fc.assert(
      fc.property(periods, fc.integer({ min: 1, max: 100 }), ({ since, until }, factor) => {
        const period = { since, until: since + (until - since) * factor };
        const points = beginnings(period, intervalFor(period, NOW));
        expect(points.length).toBeLessThanOrEqual(120);
        expect(points[0] ?? since).toBeLessThanOrEqual(since);
      }),
    );
  });

  it("of a day long ago is hourly, because minutes are no longer kept", () => {
    expect(intervalFor({ since: NOW - 20 * DAY, until: NOW - 19 * DAY }, NOW - 2 * DAY)).toBe(HOUR);
  });

  it("begins its days at midnight UTC, even when clocks change", () => {
    const until = Date.parse("2026-03-30T12:00:00Z");
    const days = beginnings({ since: until - 30 * DAY, until }, DAY).map((at) => new Date(at).toISOString());
    expect(days.slice(-2)).toEqual(["2026-03-29T00:00:00.000Z", "2026-03-30T00:00:00.000Z"]);
  });
});

describe("the parts of a period", () => {
  it("make up exactly the period, in whole spans", () => {
    const minutes = fc.integer({ min: 0, max: Math.floor(NOW / HOUR) }).map((hours) => hours * HOUR);
    fc.assert(
      fc.property(periods, minutes, fc.constantFrom(MINUTE, HOUR, DAY), (period, minutesFrom, longest) => {
        const parts = partsOf(period, { longest, minutesFrom });
        let at = period.since;
        for (const { since, until, span } of parts) {
          expect(since).toBe(at);
          at = until;
          if (span === undefined) continue;
          expect(span).toBeLessThanOrEqual(longest);
          expect([since % span, until % span]).toEqual([0, 0]);
          expect(span > MINUTE || since >= minutesFrom).toBe(true);
        }
        expect(at).toBe(period.until);
      }),
    );
  });

  it("of a month are its days", () => {
    const month = { since: Date.parse("2026-10-01T00:00:00Z"), until: Date.parse("2026-11-01T00:00:00Z") };
    expect(partsOf(month, { longest: DAY, minutesFrom: NOW })).toEqual([{ ...month, span: DAY }]);
  });
});
