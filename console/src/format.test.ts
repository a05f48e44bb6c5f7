import { describe, expect, it } from "vitest";
import { ago, change, duration, usd } from "./format.ts";

describe("figures", () => {
  it("of money keep the first digits of fractions of a cent", () => {
    expect(usd(0.0000176)).toContain("0.0000176");
    expect(usd(0)).not.toContain("0.000");
  });

  it("of time show a dash when there is none, and use the unit that fits", () => {
    expect([null, 8.4, 1500, 600_000].map((ms) => duration(ms))).toEqual(["–", "8 ms", "1.5 s", "10 min"]);
  });

  it("show ages in their largest unit, in the past and in the future", () => {
    const now = Date.UTC(2026, 10, 23, 12);
    const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
    expect(ago(now - 90_000_000, now)).toBe(relative.format(-1, "day"));
    expect(ago(now + 59 * 60_000, now)).toBe(relative.format(59, "minute"));
  });

  it("are compared with the previous period only if it had any", () => {
    expect(change(150, 100)).toBe("+50 %");
    expect(change(50, 100)).toBe("-50 %");
    expect(change(5, 0)).toBeUndefined();
  });
});
