import { describe, expect, it } from "vitest";
import { exportable, filterOf, leftOut, paramsWith, queryOf } from "./audit-filter.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const asked = (search: string) => queryOf(filterOf(new URLSearchParams(search)), NOW);

describe("a search in the page's address", () => {
  it("covers a time up to now, or between two local times, either of which may be open", () => {
    expect(asked("when=24h")["since"]).toBe(NOW - 86_400_000);
    expect(asked("when=between&from=2026-11-01T08:00")).toMatchObject({
      since: new Date(2026, 10, 1, 8).getTime(),
      until: undefined,
    });
    expect(asked("when=whenever")).not.toHaveProperty("since");
  });

  it("starts at the latest calls when a filter changes, and keeps the other filters", () => {
    const params = new URLSearchParams("client=app&cursor=abc&outcome=denied");
    expect(paramsWith(params, { outcome: "", model: "m" }).toString()).toBe("client=app&model=m");
    expect(paramsWith(params, { cursor: "next" }).get("cursor")).toBe("next");
  });

  it("exports with the filters that the export supports, and names those it ignores", () => {
    const filter = filterOf(new URLSearchParams("text=x&key=k&client=app&cursor=c"));
    expect(leftOut(filter)).toEqual(["text", "key"]);
    expect(Object.entries(exportable(queryOf(filter, NOW))).filter(([, value]) => value !== "")).toEqual([
      ["client", "app"],
    ]);
  });
});
