import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["90s", 90_000],
    ["15m", 900_000],
    ["12h", 12 * 3_600_000],
    ["3650d", 3650 * 24 * 3_600_000],
  ])("include %s", (text, expected) => expect(parseDuration(text)).toBe(expected));

  it.each(["", "5", "-1h", "1.5h", "1 h", "1w", "3651d", "1e9s", "١h"])("exclude %j", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
