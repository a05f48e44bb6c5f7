import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ListedModel } from "../translation.ts";
import { renderModel, renderModels } from "./models.ts";

interface Page {
  data: ModelInfo[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

function models(count: number): ListedModel[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `m${i}`,
    vendor: null,
    createdAt: 1_795_420_800_000,
  }));
}

function page(count: number, query: string): Page {
  return JSON.parse(renderModels(models(count), query)) as Page;
}

function ids({ data }: Page): string[] {
  return data.map(({ id }) => id);
}

describe("a list of models", () => {
  it("has every field that the SDK's type requires", () => {
    const [first] = models(1);
    const model: ModelInfo = {
      type: "model",
      id: "m0",
      display_name: "M",
      created_at: "2026-11-23T08:00:00.000Z",
      lifecycle: "active",
      deprecated_at: null,
      retires_at: null,
      line: null,
      capabilities: null,
      max_input_tokens: null,
      max_tokens: null,
    };
    expect(JSON.parse(renderModel({ ...first!, displayName: "M" }))).toEqual(model);
    expect(page(1, "")).toEqual({
      data: [{ ...model, display_name: "m0" }],
      has_more: false,
      first_id: "m0",
      last_id: "m0",
    });
    expect(page(0, "")).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  });

  it("read page by page, forwards or backwards, is the whole list", () => {
    fc.assert(
      fc.property(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 20 }), (count, limit) => {
        const whole = models(count).map(({ id }) => id);
        const forwards = page(count, `limit=${limit}`);
        const seen = ids(forwards);
        for (let last = forwards; last.has_more; seen.push(...ids(last)))
          last = page(count, `limit=${limit}&after_id=${last.last_id}`);
        expect(seen).toEqual(whole);

        const end = page(count + 1, `limit=${limit}&before_id=m${count}`);
        const back = ids(end);
        for (let last = end; last.has_more; back.unshift(...ids(last)))
          last = page(count + 1, `limit=${limit}&before_id=${last.first_id}`);
        expect(back).toEqual(whole);
      }),
    );
  });

  it("has 20 models on a page, and up to 1,000 if requested", () => {
    expect(page(30, "").data).toHaveLength(20);
    expect(page(1_200, "limit=1000").data).toHaveLength(1_000);
  });

  it.each(["limit=0", "limit=1001", "limit=ten", "limit=1e2", "after_id=gone", "before_id=gone"])(
    "is refused for %s",
    (query) => {
      expect(() => page(3, query)).toThrow(
        expect.objectContaining({ code: "invalid_query", param: query.split("=")[0] }),
      );
    },
  );
});
