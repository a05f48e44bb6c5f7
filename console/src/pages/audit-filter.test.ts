import { describe, expect, it } from "vitest";
import { exportable, filterOf, leftOut, paramsWith, queryOf } from "./audit-filter.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const asked = (search: string) => queryOf(filterOf(new URLSearchParams(search)), NOW);

describe("a search in the address", () => {
  it("asks for the time before now, or between two local times, of which either may be open", () => {
    expect(asked("when=24h")["since"]).toBe(NOW - 86_400_000);
    expect(asked("when=between&from=2026-11-01T08:00")).toMatchObject({
      since: new Date(2026, 10, 1, 8).getTime(),
      until: undefined,
    });
    expect(asked("when=whenever")).not.toHaveProperty("since");
  });

  it("begins with the latest calls when what is searched for changes, and keeps the rest", () => {
    const params = new URLSearchParams("client=app&cursor=abc&outcome=denied");
    expect(paramsWith(params, { outcome: "", model: "m" }).toString()).toBe("client=app&model=m");
    expect(paramsWith(params, { cursor: "next" }).get("cursor")).toBe("next");
  });

  it("exports by what the export knows, and says what it leaves out", () => {
    const filter = filterOf(new URLSearchParams("text=x&key=k&client=app&cursor=c"));
    expect(leftOut(filter)).toEqual(["text", "key"]);
    expect(Object.entries(exportable(queryOf(filter, NOW))).filter(([, value]) => value !== "")).toEqual([
      ["client", "app"],
    ]);
  });
});
